"""SIP2 2.00: what self-checks, sorters and library systems say to each other."""
