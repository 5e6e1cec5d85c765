"""Barcode scanners that type: keyboards whose text is a book or a card."""
