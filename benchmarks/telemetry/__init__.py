"""What telemetry costs: the same gateway without it, with metrics, and with metrics and traces, taking turns."""
