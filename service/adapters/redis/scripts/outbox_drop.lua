-- Forgets targets, and drops records that the archive has.
--
-- KEYS  1 lease, 2 states, 3 records
-- ARGV  1 who must hold the lease, 2 how many of the oldest records, 3... targets
-- Returns 1, 0 when the lease is another's.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if tonumber(ARGV[2]) > 0 then
  redis.call('LTRIM', KEYS[3], ARGV[2], -1)
end
if #ARGV > 2 then
  redis.call('HDEL', KEYS[2], unpack(ARGV, 3))
end
return 1
