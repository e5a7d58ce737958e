"""Training, piece by piece; `export/training/command.py` puts them together."""
