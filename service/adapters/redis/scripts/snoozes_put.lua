-- A snooze, new or changed, unless there are too many.
--
-- KEYS  1 snoozes    ARGV  1 id, 2 snooze, 3 bound, 4… ids of snoozes to forget
-- Returns 1 when written.

for at = 4, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[at])
end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0
  and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
