-- KEYS  lease and term of each camera    ARGV  1 owner, 2 life in ms, 3 how many at most
-- Returns for each camera the term in which the lease is the owner's now, 0 where it is another's,
-- and for how many ms another process had not held it before; -1 where none did.
--
-- Terms are of the server's clock, so that they grow even where the last one was lost or deleted.
-- Where that clock went back besides, alerts_begin.lua knows a later term: its taker begins one
-- after that (terms_later.lua).

local owner, left = ARGV[1], tonumber(ARGV[3])
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for at = 1, #KEYS, 2 do
  local lease, term = KEYS[at], KEYS[at + 1]
  local number, idle_ms = 0, -1
  if left > 0 then
    local holder = redis.call('GET', lease)
    if not holder or holder == owner then
      redis.call('SET', lease, owner, 'PX', ARGV[2])
      left = left - 1
      local before, known, held_ms = unpack(redis.call('HMGET', term, 'owner', 'number', 'held_ms'))
      number = tonumber(known or 0)
      if before ~= owner then
        number = math.max(number + 1, now_ms)
        if held_ms then
          idle_ms = math.max(0, now_ms - tonumber(held_ms))
        end
      end
      redis.call('HSET', term, 'owner', owner, 'number', string.format('%.0f', number),
        'held_ms', string.format('%.0f', now_ms))
    end
  end
  found[#found + 1] = number
  found[#found + 1] = idle_ms
end
return found
