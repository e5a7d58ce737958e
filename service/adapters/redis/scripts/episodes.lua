-- KEYS  1 lease, 2 memory    ARGV  1 owner, 2 state    Returns 1 when written.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2])
return 1
