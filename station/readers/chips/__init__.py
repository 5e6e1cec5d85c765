"""Chips and tags that exist only in memory, faithful down to their registers."""
