-- How far a target has come, and what became of its messages, in one step.
--
-- KEYS  1 lease, 2 states, 3 records, 4 stream of alert changes
-- ARGV  1 who must hold the lease, 2 target, 3 state, 4 its cursor, 5 bound of the records,
--       6... records
-- Returns -1 when the lease is another's, -2 when the cursor lies behind the stream's end, else how
-- many records were trimmed.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return -1
end

local function last_id()
  if redis.call('EXISTS', KEYS[4]) == 1 then
    local said = redis.call('XINFO', 'STREAM', KEYS[4])
    for at = 1, #said, 2 do
      if said[at] == 'last-generated-id' then
        return said[at + 1]
      end
    end
  end
  return '0-0'
end

-- As text: Lua's numbers hold 53 bits of the 64.
local function is_larger(one, other)
  return #one > #other or #one == #other and one > other
end

local function is_later(one, other)
  local one_ms, one_number = string.match(one, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  return is_larger(one_ms, other_ms) or one_ms == other_ms and is_larger(one_number, other_number)
end

-- Asked here, not by the caller before: the server may have become another one in between.
if is_later(ARGV[4], last_id()) then
  return -2
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
-- In pieces: Lua's stack does not take thousands of arguments.
for at = 6, #ARGV, 500 do
  redis.call('RPUSH', KEYS[3], unpack(ARGV, at, math.min(at + 499, #ARGV)))
end
local excess = redis.call('LLEN', KEYS[3]) - tonumber(ARGV[5])
if excess <= 0 then
  return 0
end
redis.call('LTRIM', KEYS[3], excess, -1)
return excess
