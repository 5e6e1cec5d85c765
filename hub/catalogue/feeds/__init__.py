"""What another system lists, as CSV: read, compared with what is here, and the differences kept."""
