"""Writes a trained flow as an ONNX file with its model card and calibration."""
