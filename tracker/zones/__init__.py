"""Zones of a picture: polygons, where people stand, and who is not watched there. Pure."""
