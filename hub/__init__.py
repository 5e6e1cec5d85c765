"""Each fact once in the shared catalogue."""
