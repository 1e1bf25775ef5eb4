"""Hostile inputs from a seed: what a generator makes, how it is sent, and what must hold of it."""
