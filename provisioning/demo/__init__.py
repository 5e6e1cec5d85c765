"""A whole region on one machine: broker, hub and stations as processes of their own."""
