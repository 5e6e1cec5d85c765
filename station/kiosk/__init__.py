"""The touch screen's page, and the bench beside it where every part is simulated."""
