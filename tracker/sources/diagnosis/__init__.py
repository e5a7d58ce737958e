"""Find out why a camera does not open, and what to do about it."""
