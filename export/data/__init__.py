"""Readers: every data set becomes clips of tracked poses."""
