"""Whole regions under one seed: misfortune that can be played again."""
