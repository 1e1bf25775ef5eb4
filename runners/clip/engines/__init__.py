"""The engines: what runs the model. `runners.clip.opening` says which of them serves."""
