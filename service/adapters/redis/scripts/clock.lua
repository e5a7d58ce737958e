-- KEYS  1 any key of the server whose clock is asked for    Returns seconds and microseconds, UTC.

return redis.call('TIME')
