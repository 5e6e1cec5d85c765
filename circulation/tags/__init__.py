"""What is written on the tags in books and cards: bytes to meaning and back."""
