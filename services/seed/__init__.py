"""The demo data: the same world every time, standing still at 2026-11-24T00:00:00Z."""

from services.seed.build import VERSION, ensure_copy, ensure_seed
from services.seed.clock import NOW

__all__ = ["NOW", "VERSION", "ensure_copy", "ensure_seed"]
