"""A bank learns from photos of which all true labels are known: the work of `calibrate`."""
