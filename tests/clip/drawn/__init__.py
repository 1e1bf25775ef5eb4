"""Pictures that are no photos, drawn otherwise and with other letters than those that `mini` was
trained on (`scripts/mini/drawn`)."""
