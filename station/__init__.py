"""A touch becomes speech; a loan becomes a fact that cannot be lost."""
