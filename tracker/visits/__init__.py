"""How long people are seen, how much of that is not watched and why, and what they looked like."""
