"""Adapters over Redis or Valkey."""
