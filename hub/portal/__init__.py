"""The public site: search, a title's places, my loans, and the answer to a return proof."""
