"""Folders that the transformers library saved a CLIP model in, served by open_clip's classes.

The library itself is not needed: its records are read, and its weights put in open_clip's places.
"""
