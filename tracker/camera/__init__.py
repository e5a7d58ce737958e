"""One camera: its loop, its health, and its share of the machine."""
