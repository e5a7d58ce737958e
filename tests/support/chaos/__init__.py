"""A whole site that is broken on purpose, and the judge of what it told meanwhile."""
