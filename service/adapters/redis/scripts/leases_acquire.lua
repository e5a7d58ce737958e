-- KEYS  leases    ARGV  1 owner, 2 life in ms, 3 how many may be the owner's at most
-- Returns 1 for each lease that is the owner's now; the first ones have precedence.

local held, left = {}, tonumber(ARGV[3])
for at, lease in ipairs(KEYS) do
  held[at] = 0
  if left > 0 then
    local holder = redis.call('GET', lease)
    if not holder or holder == ARGV[1] then
      redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
      held[at], left = 1, left - 1
    end
  end
end
return held
