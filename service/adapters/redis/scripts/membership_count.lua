-- KEYS  1 members    ARGV  1 life in ms    Returns how many sent a heartbeat within it.

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now_ms - ARGV[1]), '+inf')
