"""A model's towers as small modules of our own, made to be exported; they share its weights."""
