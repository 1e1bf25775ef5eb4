"""Pictures that are no photos, drawn by code to train `mini` on: kinds by label."""
