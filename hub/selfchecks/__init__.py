"""Self-checks and sorters of others, over SIP2: docs/explanation/selfchecks.md."""
