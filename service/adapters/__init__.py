"""The ports' real ends: Redis, Prometheus, and their in-memory twins."""
