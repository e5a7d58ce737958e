"""What implements the ports: Redis, databases, receivers, Prometheus, and in-memory twins."""
