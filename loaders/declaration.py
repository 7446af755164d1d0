"""What a loader is: one declaration says what it fetches, how long that may be kept, and what it waits for."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from downstream.endpoint import Entity
from loaders.loader import Loader
from loaders.policy import Policy
from loaders.progress import Progress
from loaders.source import Source

K = TypeVar("K")
V = TypeVar("V")


class Request(Protocol):
    """What a request's loaders are made from."""

    progress: Progress
    deadline: float

    def source(self, declaration: "Declaration[K, V]") -> Source[K, V]:
        """Return the process's side of a loader."""


class Declaration(Generic[K, V]):
    """A loader as declared on ``Loaders``; read from an instance, it is that request's loader.

    Args:
        endpoint: Where values come from; it also knows whose each key's value must be.
        policy: How long values may be kept, and how they are asked for.
        feeders: Loaders whose results may lead to more keys for this one. While one of them is under way in the same
            request a batch waits for it, for a bounded time, so that a query costs one call and not one per branch.
    """

    def __init__(
        self, endpoint: Entity[K, V], policy: Policy, *, feeders: "Sequence[Declaration[Any, Any]]" = ()
    ) -> None:
        self.endpoint = endpoint
        self.policy = policy
        self.feeders = feeders
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the attribute's name."""
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Request, owner: type) -> Loader[K, V]: ...
    def __get__(self, instance: Request | None, owner: type) -> Self | Loader[K, V]:
        """Make the request's loader at first use; later reads find it in the instance's dictionary."""
        if instance is None:
            return self
        source: Source[K, V] = instance.source(self)
        loader = Loader(source, instance.progress, self.feeders, instance.deadline, self)
        instance.__dict__[self.name] = loader
        return loader
