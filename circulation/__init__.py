"""The words both sides speak: what a station and the hub say to each other."""
