"""One camera: its frame loop, its health and its share of the machine."""
