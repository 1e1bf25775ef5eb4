"""The straight lines of a picture, and which of them is its horizon."""
