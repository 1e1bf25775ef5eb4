"""Framed: what is in a photo, where it lies, and how good it is."""

__version__ = "0.1.0"
