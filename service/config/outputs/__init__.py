"""Settings of the outputs, one file for each type."""
