-- Sets or removes one document of the site. KEYS: documents, their versions, version of the whole.
-- ARGV: name, expected version ("": any), bound, and the body (none: remove).
-- Returns the version of the whole; -1 where the document has another version, -2 where it is full.
local name, expected, bound, body = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local before = redis.call('HGET', KEYS[2], name)
if expected ~= '' and expected ~= (before or '0') then
  return -1
end
if not body then
  if not before then
    return tonumber(redis.call('GET', KEYS[3]) or '0')
  end
  redis.call('HDEL', KEYS[1], name)
  redis.call('HDEL', KEYS[2], name)
  return redis.call('INCR', KEYS[3])
end
if not before and redis.call('HLEN', KEYS[1]) >= bound then
  return -2
end
local version = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[1], name, body)
redis.call('HSET', KEYS[2], name, version)
return version
