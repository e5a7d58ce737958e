"""What commands do besides running a role: demo, probe, backup, what-if, replay and others."""
