"""A region of real processes that are killed at random, for as long as one likes."""
