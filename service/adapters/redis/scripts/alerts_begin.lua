-- KEYS  1 newest terms by camera    ARGV  1 camera, 2 term    An earlier term changes nothing.

local newest = redis.call('HGET', KEYS[1], ARGV[1])
if not newest or tonumber(newest) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 0
