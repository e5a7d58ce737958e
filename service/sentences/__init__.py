"""What the service says to people, as sentences with codes; `catalogue` has them all."""
