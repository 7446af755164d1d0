"""Answers as bytes: JSON by msgspec, and by the standard library for the few values that msgspec does not write."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from engine.objects import as_dicts

_encoder = msgspec.json.Encoder()


def encode(answer: Mapping[str, Any]) -> bytes:
    """Return an answer as JSON, its keys in the answer's order.

    Leaf values are checked before they come here, so NaN and infinity can only stand in custom scalars: they become
    null, since JSON has none. Integers beyond 64 bits and lone surrogates are written as JSON has them, the latter
    escaped.

    Raises:
        TypeError: A custom scalar has given something that is no JSON.
    """
    try:
        return _encoder.encode(answer)
    except (TypeError, UnicodeEncodeError):
        return json.dumps(_finite(as_dicts(answer)), separators=(",", ":"), default=msgspec.to_builtins).encode()


def _finite(value: Any) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value
