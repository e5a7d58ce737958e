"""What people did in ten seconds, kept to ask later what other rules would have decided."""
