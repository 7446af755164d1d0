"""Compiled breadth-first execution of GraphQL operations. Knows schemas, fields and parents, and nothing of orders."""

from engine.answer import encode
from engine.batching import Batches, BatchField, batch_field
from engine.cache_control import CacheControl
from engine.cost import Cost, ListSize
from engine.entities import RepresentationError, batch_key
from engine.executor import CompiledExecutor, StrawberryCompiledExecutor
from engine.federation import EngineFederationSchema
from engine.groups import fill
from engine.incremental import Parts
from engine.loads import loads
from engine.schema import EngineSchema
from engine.sharing import attribute_of
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
    "RepresentationError",
    "StrawberryCompiledExecutor",
    "Subscription",
    "attribute_of",
    "batch_field",
    "batch_key",
    "encode",
    "event_field",
    "fill",
    "instances_of",
    "loads",
]
