"""The one thread that speaks, and where its sound goes."""
