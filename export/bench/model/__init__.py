"""Benches of the flow: speed, training, accuracy, candidates for the bundled model."""
