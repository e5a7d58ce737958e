"""What the service needs from outside, a topic a file. Adapters inherit these by name."""
