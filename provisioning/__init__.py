"""From a blank card to an enrolled station, and a whole region on one machine."""
