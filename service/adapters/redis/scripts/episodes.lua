-- KEYS  1 term, 2 memory    ARGV  1 term, 2 state    Returns 1 when written.

if redis.call('HGET', KEYS[1], 'number') ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2])
return 1
