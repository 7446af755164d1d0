"""What may watch the calls to services, from outside: metrics and traces. Without it nothing is done for it."""

from contextlib import AbstractContextManager
from typing import Protocol

from downstream.call import Call


class Observer(Protocol):
    """Is there while something happens; what the block raises is seen and goes on."""

    def request(self, service: str, call: Call) -> AbstractContextManager[None]:
        """Watch one request to a service, a retry or a hedge like any other."""

    def batch(self, service: str, loader: str, keys: int) -> AbstractContextManager[None]:
        """Watch one batch of a loader, with all requests that it leads to."""
