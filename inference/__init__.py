"""NUMBERS. How unusual is a window: the flow in ONNX Runtime and the worker loop."""
