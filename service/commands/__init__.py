"""Commands beside the roles: demo, probe, dead letters."""
