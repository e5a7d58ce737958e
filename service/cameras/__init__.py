"""Which process watches which camera."""
