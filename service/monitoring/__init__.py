"""Watches the service itself: canary, watchdog, memory and CPU."""
