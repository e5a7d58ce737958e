"""`bench events`: how many labelled falls and fights raise an alert, and how much else does."""
