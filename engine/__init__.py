"""Batch resolvers for Strawberry schemas. Knows fields and parents, and nothing of orders."""

from engine.batching import Batches, BatchField, batch_field

__all__ = ["BatchField", "Batches", "batch_field"]
