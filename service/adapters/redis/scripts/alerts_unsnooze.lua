-- The end of a snooze for an open alert, once: it is unmarked, and an event raises it.
--
-- KEYS  1 alert, 2 open alerts that are snoozed, 3 events
-- ARGV  1 id, 2 version, 3 alert without the mark, 4 event, 5 bound of the events
-- Returns 1 when it was marked and of this version.

local version, snoozed = unpack(redis.call('HMGET', KEYS[1], 'version', 'snoozed'))
if not snoozed or snoozed == '' then
  redis.call('SREM', KEYS[2], ARGV[1])
  return 0
end
if version ~= ARGV[2] then
  return 0 -- it changed meanwhile; the next look sees how
end
redis.call('HSET', KEYS[1], 'alert', ARGV[3], 'snoozed', '')
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'e', ARGV[4])
return 1
