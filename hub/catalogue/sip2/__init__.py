"""The catalogue of a library system that speaks SIP2, behind the port of any catalogue."""
