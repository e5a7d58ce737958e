-- KEYS  1 one day's blocks    ARGV  1 most fields, 2 how long they are kept in ms,
--                                   then field, block, …
-- Return how many blocks there was no room for.

local refused = 0
for place = 3, #ARGV, 2 do
  if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) or redis.call('HEXISTS', KEYS[1], ARGV[place]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1])
  else
    refused = refused + 1
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return refused
