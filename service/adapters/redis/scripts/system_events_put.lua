-- One change of what is wrong with the service: kept as the newest of its kind, and published.
--
-- KEYS  1 newest changes, 2 events
-- ARGV  1 what it is about, 2 "r" raised or "c" cleared, 3 event, 4 bound of the events,
--       5 bound of what is kept
-- Returns 1 when written, 0 when it changes nothing.

local known = redis.call('HGET', KEYS[1], ARGV[1])
local state = known and string.sub(known, 1, 1) or 'c'
if state == ARGV[2] then
  return 0
end
if not known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then
  -- What is over makes room; if nothing is, the new one is published and not kept.
  local kept = redis.call('HGETALL', KEYS[1])
  for at = 1, #kept, 2 do
    if string.sub(kept[at + 1], 1, 1) == 'c' then
      redis.call('HDEL', KEYS[1], kept[at])
    end
  end
end
if known or redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ARGV[3])
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 's', ARGV[3])
return 1
