"""Training, piece by piece; `export/train.py` puts them together."""
