-- One act about an alert, once: its event is appended, with the alert as it is now.
--
-- KEYS  1 alert, 2 events, 3 where the act's event is remembered
-- ARGV  1 type, 2 act as JSON, 3 alert to tell where ours is trimmed, 4 rank of its kind,
--       5 its rarity or nothing, 6 bound of the events, 7 for how many seconds acts are remembered
-- Returns the event's id.

local known = redis.call('GET', KEYS[3])
if known then
  return known
end

local alert, rank, rarity = unpack(redis.call('HMGET', KEYS[1], 'alert', 'rank', 'rarity'))
if alert and ARGV[1] == 'acknowledged' then
  -- What an alert of an earlier version was about only the caller knows.
  redis.call('HSET', KEYS[1], 'acknowledged_rank', rank or ARGV[4],
    'acknowledged_rarity', rarity or ARGV[5])
end
alert = alert or ARGV[3]
-- The first byte is the format's version.
local event = string.sub(alert, 1, 1) .. '{"type":"' .. ARGV[1] .. '","alert":'
  .. string.sub(alert, 2) .. ',"act":' .. ARGV[2] .. '}'
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'e', event)
redis.call('SET', KEYS[3], id, 'EX', ARGV[7])
return id
