"""Near duplicates: which photos show the same, what they are to each other, and which is best."""
