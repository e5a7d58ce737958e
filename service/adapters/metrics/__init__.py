"""The catalogue of metrics and its Prometheus adapter."""
