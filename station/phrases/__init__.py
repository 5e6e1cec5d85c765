"""Stored phrases at a station: kept, planned and fetched; see docs/explanation/phrases.md."""
