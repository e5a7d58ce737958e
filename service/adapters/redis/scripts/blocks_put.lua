-- KEYS  1 blocks    ARGV  1 the number up to which blocks are forgotten, then number, block, …

for place = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1])
end
local oldest = tonumber(ARGV[1])
for _, number in ipairs(redis.call('HKEYS', KEYS[1])) do
  if tonumber(number) <= oldest then
    redis.call('HDEL', KEYS[1], number)
  end
end
return 1
