"""Writes frame masks from published labels and from CSV."""
