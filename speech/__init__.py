"""Words become sound, for a station's mouth and the hub's renderer."""
