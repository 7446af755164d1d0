"""Compiled breadth-first execution of GraphQL operations. Knows schemas, fields and parents, and nothing of orders."""

from engine.answer import encode
from engine.batching import Batches, BatchField, batch_field
from engine.cache_control import CacheControl
from engine.cost import Cost, ListSize
from engine.executor import CompiledExecutor, StrawberryCompiledExecutor
from engine.incremental import Parts
from engine.loads import loads
from engine.schema import EngineFederationSchema, EngineSchema
from engine.subscription import EventField, Subscription, event_field
from engine.types import instances_of

__all__ = [
    "BatchField",
    "Batches",
    "CacheControl",
    "CompiledExecutor",
    "Cost",
    "EngineFederationSchema",
    "EngineSchema",
    "EventField",
    "ListSize",
    "Parts",
    "StrawberryCompiledExecutor",
    "Subscription",
    "batch_field",
    "encode",
    "event_field",
    "instances_of",
    "loads",
]
