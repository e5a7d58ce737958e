-- A page of alerts, newest first: by opened_at, then by id, both falling.
--
-- KEYS  1 an index by time
-- ARGV  1 lower bound of opened_at, 2 limit, 3 prefix of alerts, then, to continue after an alert:
--       4 its opened_at, 5 its id
-- Returns alerts and, when more follow, opened_at and id of the page's last one.

local index, since, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])

local function start()
  if not ARGV[5] then
    return 0
  end
  local rank = redis.call('ZREVRANK', index, ARGV[5])
  if rank then
    return rank + 1
  end
  -- The alert itself is trimmed by now: count what comes before its place.
  local before = redis.call('ZCOUNT', index, '(' .. ARGV[4], '+inf')
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', index, ARGV[4], ARGV[4])) do
    if id > ARGV[5] then
      before = before + 1
    end
  end
  return before
end

local first = start()
local total = redis.call('ZCOUNT', index, since, '+inf')
local last = math.min(first + limit, total) - 1
local alerts, ends_at = {}, {}
if last >= first then
  local page = redis.call('ZREVRANGE', index, first, last, 'WITHSCORES')
  for at = 1, #page, 2 do
    alerts[#alerts + 1] = redis.call('HGET', ARGV[3] .. page[at], 'alert')
  end
  if last + 1 < total then
    ends_at = {page[#page], page[#page - 1]}
  end
end
return {alerts, ends_at}
