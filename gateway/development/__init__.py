"""One machine with everything on it, for ``order-center dev``."""
