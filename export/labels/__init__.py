"""Ground truth made from other people's labels."""
