"""The W3C trace that a request belongs to, passed on to the services and named in the log.

Source: the Trace Context recommendation (www.w3.org/TR/trace-context), version 00.
"""

import re
from contextvars import ContextVar, Token
from random import getrandbits
from typing import NamedTuple

# Version 00 has nothing after the flags; later ones may.
_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
_MEMBER = r"[a-z0-9][a-z0-9_*/@-]{0,255}=[!-+\--<>-~ ]{0,255}[!-+\--<>-~]"
_TRACESTATE = re.compile(rf"{_MEMBER}(?:[ \t]*,[ \t]*{_MEMBER}){{0,31}}")
# What is longer need not be passed on.
_MAX_STATE = 512


class Trace(NamedTuple):
    """A trace.

    Attributes:
        id: 32 hex digits.
        flags: That it came with, or that the recorder of its spans has chosen.
        state: What other tracing systems pass along with it (``tracestate``); empty: nothing.
        caller: Id of the span that the request came from, 16 hex digits; empty: the trace began here.
        span: Id of the recorded span that the work is part of; empty: nobody records it.
    """

    id: str
    flags: str = "00"
    state: str = ""
    caller: str = ""
    span: str = ""

    @property
    def parent(self) -> str:
        """The ``traceparent`` of a new call: the recorded span's, else one that nobody has."""
        return f"00-{self.id}-{self.span or format(getrandbits(64) or 1, '016x')}-{self.flags}"


# Which request the running code works for is what context variables are made for.
_current: ContextVar[Trace] = ContextVar("trace")


def begin(traceparent: str | None, tracestate: str = "") -> Trace:
    """Take up the trace that a request came with, or begin one, for all that the request leads to."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        trace = Trace(f"{getrandbits(128) or 1:032x}")
    else:
        is_passed_on = tracestate and len(tracestate) <= _MAX_STATE and _TRACESTATE.fullmatch(tracestate)
        trace = Trace(match[1], match[3], tracestate if is_passed_on else "", match[2])
    _current.set(trace)
    return trace


def current() -> Trace:
    """Return the trace of the request that this work is for; outside of one, a new trace."""
    return _current.get(None) or begin(None)


def known() -> Trace | None:
    """Return the trace of the request that this work is for; None outside of one."""
    return _current.get(None)


def enter(trace: Trace) -> Token[Trace]:
    """Let what follows be part of a recorded span, until it is left."""
    return _current.set(trace)


def leave(token: Token[Trace]) -> None:
    """Go back to what was before ``enter``, in the same task."""
    _current.reset(token)
