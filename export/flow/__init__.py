"""STG-NF in PyTorch, written afresh from the paper (arXiv 2211.10946)."""
