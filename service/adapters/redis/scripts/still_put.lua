-- Keeps a camera's picture for a moment. KEYS: the picture, who wants it. ARGV: JPEG, life in ms.
-- Pixels stay out of the append-only file, its backups and the replicas.
redis.replicate_commands() -- before version 7, effects could not be kept back without it
redis.call('DEL', KEYS[2])
redis.set_repl(redis.REPL_NONE)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
