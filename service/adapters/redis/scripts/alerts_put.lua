-- One alert event, once: stored, indexed and published in one step.
--
-- KEYS  1 alert, 2 all by time, 3 its camera's by time, 4 closed by time, 5 events,
--       6 open ones that a snooze marks, 7 newest terms by camera
-- ARGV  1 id, 2 version, 3 camera, 4 opened_at, 5 state, 6 alert, 7 clip or nothing, 8 event,
--       9 bound of the history, 10 bound of the events, 11 prefix of alerts, 12 prefix of cameras,
--       13 rank of its kind, 14 rarity or nothing, 15 event that raises it again or nothing,
--       16 how much rarer an acknowledged alert must be to be raised again,
--       17 snooze that marks it or nothing, 18 event that raises it after a snooze or nothing,
--       19 term of who decided it, or nothing
-- Returns 1 when written (0: this or a newer version is there, -1: a later term has begun),
-- alerts trimmed.

local term = redis.call('HGET', KEYS[7], ARGV[3])
if term and ARGV[19] ~= '' and tonumber(term) > tonumber(ARGV[19]) then
  return {-1, 0}
end

local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) >= tonumber(ARGV[2]) then
  return {0, 0}
end

local was_snoozed = (redis.call('HGET', KEYS[1], 'snoozed') or '') ~= ''
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'camera', ARGV[3], 'alert', ARGV[6],
  'rank', ARGV[13], 'rarity', ARGV[14], 'snoozed', ARGV[17])
if ARGV[17] ~= '' and ARGV[5] == 'open' then
  redis.call('SADD', KEYS[6], ARGV[1])
else
  redis.call('SREM', KEYS[6], ARGV[1])
end
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[1], 'clip', ARGV[7])
end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
if ARGV[5] == 'closed' then
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[10], '*', 'e', ARGV[8])

-- Whether it asks for more attention than when somebody acknowledged it.
local function is_raised()
  local rank, rarity = unpack(
    redis.call('HMGET', KEYS[1], 'acknowledged_rank', 'acknowledged_rarity'))
  if not rank or ARGV[15] == '' then
    return false
  end
  local before, now = tonumber(rarity), tonumber(ARGV[14])
  local rarer = before and now and now >= before * tonumber(ARGV[16])
  return tonumber(ARGV[13]) > tonumber(rank) or rarer
end

if is_raised() then
  redis.call('HDEL', KEYS[1], 'acknowledged_rank', 'acknowledged_rarity')
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[10], '*', 'e', ARGV[15])
elseif was_snoozed and ARGV[17] == '' and ARGV[18] ~= '' then
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[10], '*', 'e', ARGV[18])
end

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
