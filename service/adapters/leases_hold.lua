-- KEYS  leases    ARGV  1 owner, 2 life in ms    Returns 1 for each lease that is the owner's now.

local held = {}
for at, lease in ipairs(KEYS) do
  local holder = redis.call('GET', lease)
  if not holder or holder == ARGV[1] then
    redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
    held[at] = 1
  else
    held[at] = 0
  end
end
return held
