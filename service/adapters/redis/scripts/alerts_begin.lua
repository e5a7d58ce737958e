-- KEYS  1 newest terms by camera    ARGV  1 camera, 2 term    An earlier term changes nothing.
-- Returns the newest term now; one that is not ARGV's is later than it.

local newest = redis.call('HGET', KEYS[1], ARGV[1])
if newest and tonumber(newest) >= tonumber(ARGV[2]) then
  return newest
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]
