-- KEYS  1 lease, 2 term of a camera    ARGV  1 owner, 2 a term
-- Returns a term later than that, begun by the owner now; 0, beginning none, where the lease is not
-- the owner's.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local known = tonumber(redis.call('HGET', KEYS[2], 'number') or 0)
local number = math.max(known + 1, tonumber(ARGV[2]) + 1, now_ms)
redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'number', string.format('%.0f', number),
  'held_ms', string.format('%.0f', now_ms))
return number
