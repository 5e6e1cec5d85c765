"""Tags for technicians and librarians: what they say, and how to write them."""
