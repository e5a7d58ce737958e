-- One camera frame, in one step: rings grow, complete windows go onto the stream.
--
-- KEYS  1 windows stream, 2 view, 3 stream of cues, 4 stream of views with people,
--       5… one ring a person
-- ARGV  1 samples in a window, 2 bytes of a sample, 3 ring's life in ms, 4 bound of the stream,
--       5 view's life in ms, 6 view, 7 worker group, 8 head of the frame's windows, 9 people,
--       10 their samples, one person's after the other's, 11 traceparent or '',
--       12 cues or '', 13 bound of their stream, 14 for how many ms views with people are kept;
--       0: nobody is in this one, 15 for how many ms windows are kept that were read
--       a person: flags (1 byte: 1 restarts, 2 due), samples (2 bytes), number (8 bytes)
-- Returns windows that became ready, windows trimmed before any worker read them.

local stream = KEYS[1]
local sample_bytes = tonumber(ARGV[2])
local window_bytes = tonumber(ARGV[1]) * sample_bytes
local ring_life_ms, bound = ARGV[3], tonumber(ARGV[4])
local PERSON_BYTES = 11

-- Returns how many bytes the ring has now. Its life is renewed where a window is due, which is
-- often enough: what expires in between only has to have a life at all.
local function append(ring, restarts, due, samples)
  if restarts then
    redis.call('SET', ring, samples, 'PX', ring_life_ms)
    return #samples
  end
  if #samples == 0 then
    return redis.call('STRLEN', ring)
  end
  local size = redis.call('APPEND', ring, samples)
  if due or size == #samples then
    redis.call('PEXPIRE', ring, ring_life_ms)
  end
  return size
end

-- Returns the number and the window of everybody whose window is due and complete.
local function grow()
  local ready, from = {}, 1
  for person = 5, #KEYS do
    local ring, at = KEYS[person], (person - 5) * PERSON_BYTES
    local flags, count = struct.unpack('<BI2', ARGV[9], at + 1)
    local samples = string.sub(ARGV[10], from, from + count * sample_bytes - 1)
    from = from + #samples
    local size = append(ring, flags % 2 == 1, flags >= 2, samples)
    local ready_now, long = flags >= 2 and size >= window_bytes, size >= 2 * window_bytes
    if ready_now or long then
      local window = redis.call('GETRANGE', ring, -window_bytes, -1)
      if long then
        redis.call('SET', ring, window, 'PX', ring_life_ms)
      end
      if ready_now then
        ready[#ready + 1] = {string.sub(ARGV[9], at + 4, at + PERSON_BYTES), window}
      end
    end
  end
  return ready
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

-- Windows are kept for alerts to be explained, and all that is kept is written again with each
-- rewrite of the append-only file. In strides of a tenth of their life; unread ones stay.
local function trim_old(newest)
  local now_ms = tonumber(string.match(newest, '^%d+'))
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1]
  local kept_ms = tonumber(ARGV[15])
  if now_ms - tonumber(string.match(oldest, '^%d+')) < 1.1 * kept_ms then
    return
  end
  local read_ms = tonumber(string.match(last_read(), '^%d+'))
  redis.call('XTRIM', stream, 'MINID', string.format('%.0f', math.min(now_ms - kept_ms, read_ms)))
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

-- Rings and views are useless after a restart: the outage cost samples, too, so that every ring
-- starts over. They stay out of the append-only file and the replicas.
redis.replicate_commands() -- before version 7, effects could not be kept back without it
redis.set_repl(redis.REPL_NONE)
redis.call('SET', KEYS[2], ARGV[6], 'PX', ARGV[5])
local ready = grow()
if ARGV[12] ~= '' then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[13], '*', 'c', ARGV[12])
  redis.call('PEXPIRE', KEYS[3], ring_life_ms)
end
if ARGV[14] ~= '0' then
  local now = redis.call('TIME')
  local oldest_ms = now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[14]
  redis.call('XADD', KEYS[4], 'MINID', '~', string.format('%.0f', oldest_ms), '*', 'v', ARGV[6])
  redis.call('PEXPIRE', KEYS[4], ARGV[14])
end
redis.set_repl(redis.REPL_ALL)
local newest
for _, window in ipairs(ready) do
  if ARGV[11] == '' then
    newest = redis.call('XADD', stream, '*', 'h', ARGV[8], 'n', window[1], 'j', window[2])
  else
    newest = redis.call(
      'XADD', stream, '*', 'h', ARGV[8], 'n', window[1], 'j', window[2], 't', ARGV[11])
  end
end
if newest then
  trim_old(newest)
end
return {#ready, trim()}
