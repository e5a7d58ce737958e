-- One alert event, once: stored, indexed and published in one step.
--
-- KEYS  1 alert, 2 all by time, 3 its camera's by time, 4 closed by time, 5 events
-- ARGV  1 id, 2 version, 3 camera, 4 opened_at, 5 state, 6 alert, 7 clip or nothing, 8 event,
--       9 bound of the history, 10 bound of the events, 11 prefix of alerts, 12 prefix of cameras
-- Returns 1 when written (0: this or a newer version is there), alerts trimmed.

local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) >= tonumber(ARGV[2]) then
  return {0, 0}
end

redis.call('HSET', KEYS[1], 'version', ARGV[2], 'camera', ARGV[3], 'alert', ARGV[6])
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[1], 'clip', ARGV[7])
end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
if ARGV[5] == 'closed' then
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[10], '*', 'e', ARGV[8])

-- An open alert is never trimmed: the alert loop still writes to it.
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[9])
if excess <= 0 then
  return {1, 0}
end
local oldest = redis.call('ZPOPMIN', KEYS[4], excess)
for at = 1, #oldest, 2 do
  local id = oldest[at]
  local camera = redis.call('HGET', ARGV[11] .. id, 'camera')
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', ARGV[12] .. (camera or ''), id)
  redis.call('DEL', ARGV[11] .. id)
end
return {1, #oldest / 2}
