"""What the public site and the desk share: look, words, visits, headers."""
