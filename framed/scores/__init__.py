"""Whether a label applies: z, match and none of these, from cosines alone. Pure arithmetic."""
