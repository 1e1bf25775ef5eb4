"""Made scenes whose camera is known, for what a metric says about how a photo is held."""
