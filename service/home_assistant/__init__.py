"""Cameras as devices of Home Assistant over MQTT: what it is told, and what it may ask for."""
