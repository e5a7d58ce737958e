"""Hostile inputs: requests and messages that no good client sends, but with the site's key."""

# Without it, the first user who is made would shut the others out.
KEY = "hostile-but-known"
