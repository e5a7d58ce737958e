-- KEYS  1 files, 2 what is known of them    ARGV  1 SHA-256, 2 what is known, 3 file, 4 bound
-- Returns 1 when written, 0 when it is there already, -1 when there are too many.

if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  -- Written again: what is there may be damaged.
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 0
end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[4]) then
  return -1
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
