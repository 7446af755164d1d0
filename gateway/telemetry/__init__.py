"""What can be seen of a running gateway: metrics, traces and the log."""
