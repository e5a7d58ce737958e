"""How unusual a window is, and when that is an alert: the flow, the rules, the worker loop."""
