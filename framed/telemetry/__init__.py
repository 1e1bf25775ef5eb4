"""What operators see: counts and durations for Prometheus, traces for OpenTelemetry.

It lies low, beside the log: the front and the runners observe by one short call at each place.
"""
