-- KEYS  1 calibration    ARGV  1 number, 2 snapshot, 3 most snapshots    Returns 1 when written.

local number = tonumber(ARGV[1])
if tonumber(redis.call('HGET', KEYS[1], 'last') or 0) ~= number - 1 then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 'newest', ARGV[2], 'last', ARGV[1])
redis.call('HDEL', KEYS[1], number - tonumber(ARGV[3]))
return 1
