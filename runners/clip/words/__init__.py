"""Words on their way to the text tower; knows neither torch nor open_clip."""
