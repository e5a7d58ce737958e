-- KEYS  1 schedule    ARGV  1 its version, 2 the schedule    Returns 1 when written.

if tonumber(redis.call('HGET', KEYS[1], 'version') or 0) ~= tonumber(ARGV[1]) - 1 then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'schedule', ARGV[2])
return 1
