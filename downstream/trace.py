"""The W3C trace that a request belongs to, passed on to the services and named in the log.

Source: the Trace Context recommendation (www.w3.org/TR/trace-context), version 00.
"""

import re
from contextvars import ContextVar
from random import getrandbits
from typing import NamedTuple

# Version 00 has nothing after the flags; later ones may.
_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?"
)


class Trace(NamedTuple):
    """A trace: its id, 32 hex digits, and the flags that it came with."""

    id: str
    flags: str = "00"

    @property
    def parent(self) -> str:
        """The ``traceparent`` of a new call."""
        return f"00-{self.id}-{getrandbits(64) or 1:016x}-{self.flags}"


# Which request the running code works for is what context variables are made for.
_current: ContextVar[Trace] = ContextVar("trace")


def begin(traceparent: str | None) -> Trace:
    """Take up the trace that a request came with, or begin one, for all that the request leads to."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    trace = Trace(match[1], match[2]) if match else Trace(f"{getrandbits(128) or 1:032x}")
    _current.set(trace)
    return trace


def current() -> Trace:
    """Return the trace of the request that this work is for; outside of one, a new trace."""
    return _current.get(None) or begin(None)
