"""Promises in numbers, each against a named floor or peer."""
