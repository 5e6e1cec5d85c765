"""The shared catalogue, whichever library system it is."""
