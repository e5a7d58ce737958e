-- KEYS  leases    ARGV  1 owner    Returns 1 for each lease that is somebody else's now.

local held = {}
for at, lease in ipairs(KEYS) do
  local holder = redis.call('GET', lease)
  held[at] = (holder and holder ~= ARGV[1]) and 1 or 0
end
return held
