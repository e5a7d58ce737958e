-- KEYS  lease and term of each camera    ARGV  1 owner    What is another's by now stays.

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
for at = 1, #KEYS, 2 do
  if redis.call('GET', KEYS[at]) == ARGV[1] then
    redis.call('DEL', KEYS[at])
    if redis.call('EXISTS', KEYS[at + 1]) == 1 then -- else the camera was forgotten
      redis.call('HSET', KEYS[at + 1], 'held_ms', string.format('%.0f', now_ms))
    end
  end
end
return 0
