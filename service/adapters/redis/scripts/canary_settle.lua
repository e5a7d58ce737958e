-- Replace a showing, unless its process has put another one meanwhile.
-- KEYS: hash of showings. ARGV: name, what is known of it, what to keep.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
