-- KEYS  1 a camera's drift    ARGV  1 the record's number, 2 the record

if tonumber(redis.call('HGET', KEYS[1], 'number') or '0') + 1 ~= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'number', ARGV[1], 'record', ARGV[2])
return 1
