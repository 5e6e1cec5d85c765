"""Librarians' and technicians' pages."""
