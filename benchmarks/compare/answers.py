"""Asking a server for every customer's answer, and telling whether two answers say the same."""

import http.client
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local

import orjson

from benchmarks.places import BenchmarkError

PATIENCE_SECONDS = 20.0
TOGETHER = 4
SHOWN = 60


@dataclass(frozen=True)
class Request:
    """One customer's request.

    Attributes:
        customer: Whose.
        token: Bearer token; None where the server asks for none.
        body: JSON.
    """

    customer: str
    token: str | None
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it."""
        plain = {"Content-Type": "application/json", "Accept": "application/json"}
        return plain | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    def line(self) -> bytes:
        """Return it as the load generators read it."""
        return (self.token or "-").encode() + b"\t" + self.body


class Asker:
    """Asks one server over a few connections."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._mine = local()

    def ask_all(self, requests: Sequence[Request]) -> Mapping[str, bytes]:
        """Return the answers by customer; raises ``BenchmarkError`` for one that is not 200."""
        with ThreadPoolExecutor(TOGETHER) as pool:
            return dict(zip((one.customer for one in requests), pool.map(self._ask, requests), strict=True))

    def _ask(self, request: Request) -> bytes:
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
            self._mine.connection = connection
        try:
            connection.request("POST", "/graphql", request.body, request.headers)
            response = connection.getresponse()
            answer: bytes = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise BenchmarkError(f"no answer for {request.customer}: {type(error).__name__}") from None
        if response.status != http.client.OK:
            raise BenchmarkError(f"{response.status} for {request.customer}: {answer[:300].decode(errors='replace')}")
        return answer


def difference(expected: bytes, given: bytes) -> str | None:
    """Return where two answers differ; None where they say the same.

    The order of members does not count, nor 4 against 4.0. Of errors only counts whether there are any: each server
    has its own words for a service that is down.
    """
    if expected == given:
        return None
    one, other = orjson.loads(expected), orjson.loads(given)
    if bool(one.get("errors")) != bool(other.get("errors")):
        return f"errors: {orjson.dumps(other.get('errors') or one.get('errors'))[:300].decode()}"
    return _difference(one.get("data"), other.get("data"), "data")


def _difference(one: object, other: object, path: str) -> str | None:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f"{path}.{name}", one[name], other[name]) for name in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{index}]", *both) for index, both in enumerate(zip(one, other, strict=True))]
    elif one == other and isinstance(one, bool) == isinstance(other, bool):
        return None
    else:
        return f"{path}: {str(other)[:SHOWN]} where others say {str(one)[:SHOWN]}"
    return next((found for at, left, right in pairs if (found := _difference(left, right, at))), None)
