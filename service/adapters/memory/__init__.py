"""In-memory twins of the Redis adapters, for tests."""
