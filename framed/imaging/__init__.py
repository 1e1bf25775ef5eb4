"""Bytes to one right picture (`decode`), and that picture to what the runners eat (`views`)."""
