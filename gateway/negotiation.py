"""What a client can take: media types and content codings, by RFC 9110's rules for preferences."""

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
# In the order of our preference, for clients that have none. Plain JSON goes to those who name no type: all read it.
_MEDIA_TYPES = (JSON, GRAPHQL_JSON)
CODINGS = ("zstd", "gzip")


class Delivery(Enum):
    """How an answer in parts is told, by the parameters of the media type with which clients ask for it.

    CURRENT is the specification's draft: parts name what was pending by its id. DEFER_2022 is the draft of 24 August
    2022, which Apollo's clients still ask for: parts name their place in the data.
    """

    CURRENT = ""
    CURRENT_NAMED = "incrementalSpec=v0.2"
    DEFER_2022 = "deferSpec=20220824"


MULTIPART = "multipart/mixed"
_DELIVERIES = {one.value.lower(): one for one in Delivery}
# Clients send the same few headers again and again; what is longer than any of theirs is not remembered.
_REMEMBERED = 256
_MAX_REMEMBERED_LENGTH = 300


def media_type(accept: bytes | None) -> str | None:
    """Return the media type for an answer; None when the client takes neither."""
    if not accept:
        return JSON
    if len(accept) > _MAX_REMEMBERED_LENGTH:
        return _choose_media_type(accept)
    return _remembered_media_type(accept)


def delivery(accept: bytes | None) -> Delivery | None:
    """Return how the client takes an answer in parts; None when it does not say that it does."""
    if not accept:
        return None
    return _remembered_delivery(accept) if len(accept) <= _MAX_REMEMBERED_LENGTH else _choose_delivery(accept)


def prefers_events(accept: bytes) -> bool:
    """Tell whether a client likes an event stream better than JSON; some name both in all that they send."""
    if b"event-stream" not in accept or len(accept) > _MAX_REMEMBERED_LENGTH:
        return False
    return _remembered_prefers_events(accept)


def coding(accept_encoding: bytes | None, available: Sequence[str] = CODINGS) -> str | None:
    """Return the content coding that the client likes best; None: as it is."""
    if not accept_encoding or len(accept_encoding) > _MAX_REMEMBERED_LENGTH:
        return None
    return _remembered_coding(accept_encoding, tuple(available))


def _choose_media_type(accept: bytes) -> str | None:
    ranges = dict(_preferences(accept))
    best = max(_MEDIA_TYPES, key=lambda one: _quality(one, ranges))
    return best if _quality(best, ranges) > 0 else None


def _quality(one: str, ranges: dict[str, float]) -> float:
    # The most specific range decides, whatever its quality.
    kind = one.partition("/")[0]
    for name in (one, f"{kind}/*", "*/*"):
        if name in ranges:
            # A type that is named goes before one that a wildcard takes with the same quality.
            return ranges[name] + (1e-6 if name == one and ranges[name] else 0)
    return 0


def _choose_delivery(accept: bytes) -> Delivery | None:
    """Return the best of what is named; a wildcard asks for no parts, and a parameter that is not known for others."""
    best, best_quality = None, 0.0
    for name, quality, parameters in _members(accept):
        asked = _DELIVERIES.get(";".join(parameters))
        if name == MULTIPART and quality > best_quality and asked is not None:
            best, best_quality = asked, quality
    return best


@lru_cache(_REMEMBERED)
def _remembered_delivery(accept: bytes) -> Delivery | None:
    return _choose_delivery(accept)


@lru_cache(_REMEMBERED)
def _remembered_media_type(accept: bytes) -> str | None:
    return _choose_media_type(accept)


@lru_cache(_REMEMBERED)
def _remembered_prefers_events(accept: bytes) -> bool:
    ranges = dict(_preferences(accept))
    return _quality(EVENT_STREAM, ranges) > max(_quality(one, ranges) for one in _MEDIA_TYPES)


@lru_cache(_REMEMBERED)
def _remembered_coding(accept_encoding: bytes, available: tuple[str, ...]) -> str | None:
    wanted = dict(_preferences(accept_encoding))
    everything_else = wanted.get("*", 0.0)
    qualities = {one: wanted.get(one, everything_else) for one in available}
    best = max(available, key=lambda one: qualities[one], default=None)
    if best is None or qualities[best] <= 0 or qualities[best] < wanted.get("identity", 0.0):
        return None
    return best


def _preferences(header: bytes) -> Iterator[tuple[str, float]]:
    """Yield names with their qualities, whatever their parameters."""
    return ((name, quality) for name, quality, _ in _members(header))


def _members(header: bytes) -> Iterator[tuple[str, float, list[str]]]:
    """Yield names with their qualities and other parameters; a member that is malformed is none."""
    for member in header.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in member.split(";"))
        quality = 1.0
        others: list[str] = []
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                quality = _number(value.strip())
            else:
                others.append(key.strip() + "=" + value.strip(' \t"'))
        if name:
            yield name, quality, others


def _number(text: str) -> float:
    # float() would take 'nan' and '1e9'.
    return min(float(text), 1.0) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
