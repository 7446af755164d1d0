"""What all ways of making a call share: the call itself, and the one shape that lets them be put around each other."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeAlias

from downstream.endpoint import Row


class Call(NamedTuple):
    """One read, or one command.

    Attributes:
        path: Under the service's base URL.
        body: JSON.
        deadline: When its answer is of no more use, in the event loop's time.
        key: Under which the service recognises a command; None: it is a read.
    """

    path: str
    body: bytes
    deadline: float
    key: str | None = None


# Returns the answer's rows, of a command the only one, by the call's deadline; raises DownstreamError.
Send: TypeAlias = Callable[[Call], Coroutine[Any, Any, Sequence[Row]]]
