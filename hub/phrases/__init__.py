"""Sentences that stations will say, rendered beforehand; see docs/explanation/phrases.md."""
