-- How far a target has come, and what became of its messages, in one step.
--
-- KEYS  1 lease, 2 states, 3 records
-- ARGV  1 who must hold the lease, 2 target, 3 state, 4 bound of the records, 5... records
-- Returns -1 when the lease is another's, else how many records were trimmed.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return -1
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
-- In pieces: Lua's stack does not take thousands of arguments.
for at = 5, #ARGV, 500 do
  redis.call('RPUSH', KEYS[3], unpack(ARGV, at, math.min(at + 499, #ARGV)))
end
local excess = redis.call('LLEN', KEYS[3]) - tonumber(ARGV[4])
if excess <= 0 then
  return 0
end
redis.call('LTRIM', KEYS[3], excess, -1)
return excess
