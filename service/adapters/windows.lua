-- One camera frame, in one step: rings grow, complete windows go onto the stream.
--
-- KEYS  1 windows stream, 2 view, 3… one ring a person
-- ARGV  1 samples in a window, 2 bytes of a sample, 3 ring's life in ms, 4 bound of the stream,
--       5 view's life in ms, 6 view, 7 worker group; then a person: flags, window head, samples
--       flags: 0 none, 1 restarts, 2 due, 3 both
-- Returns windows that became ready, windows trimmed before any worker read them.

local stream = KEYS[1]
local frames, sample_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local ring_life_ms, bound = ARGV[3], tonumber(ARGV[4])

local function append(ring, flags, samples)
  if flags % 2 == 1 then
    redis.call('DEL', ring)
  end
  -- Only the newest window's worth can matter.
  local first = math.max(1, #samples - frames * sample_bytes + 1)
  for at = first, #samples, sample_bytes do
    redis.call('RPUSH', ring, string.sub(samples, at, at + sample_bytes - 1))
  end
  redis.call('LTRIM', ring, -frames, -1)
  redis.call('PEXPIRE', ring, ring_life_ms)
end

local function emit(ring, head)
  local samples = redis.call('LRANGE', ring, 0, -1)
  if #samples < frames then
    return 0
  end
  redis.call('XADD', stream, '*', 'h', head, 'j', table.concat(samples))
  return 1
end

local function last_read()
  if redis.call('EXISTS', stream) == 1 then
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      if group[2] == ARGV[7] then
        return group[8] -- the fields' order is fixed: name, consumers, pending, last-delivered-id
      end
    end
  end
  return '0-0'
end

-- In strides, so that counting the loss costs next to nothing per frame.
local function trim()
  local excess = redis.call('XLEN', stream) - bound
  if excess < math.max(1, math.min(64, bound / 16)) then
    return 0
  end
  local read = #redis.call('XRANGE', stream, '-', last_read(), 'COUNT', excess)
  redis.call('XTRIM', stream, 'MAXLEN', bound)
  return excess - read
end

redis.call('SET', KEYS[2], ARGV[6], 'PX', ARGV[5])
local ready = 0
for person = 3, #KEYS do
  local at = 8 + (person - 3) * 3
  local flags = tonumber(ARGV[at])
  append(KEYS[person], flags, ARGV[at + 2])
  if flags >= 2 then
    ready = ready + emit(KEYS[person], ARGV[at + 1])
  end
end
return {ready, trim()}
