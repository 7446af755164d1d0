"""A service of things, private and shared, behind a real client: remembers its calls, is slow or fails as told."""

import asyncio
import json

import httpx

from downstream.client import ServiceClient
from downstream.endpoint import BatchGet, Entity, SharedGet
from downstream.record import Owned, Record
from tests.support.downstream import service_client


class Thing(Record, frozen=True):
    """Somebody's thing."""

    id: str
    customer_id: str
    value: int


class Fact(Record, frozen=True):
    """A thing that is nobody's."""

    id: str
    value: int


THING_BY_ID: Entity[Owned, Thing] = BatchGet("order", "/v1/things:batchGet", Thing)
FACT_BY_ID: Entity[str, Fact] = SharedGet("order", "/v1/facts:batchGet", Fact)

Row = dict[str, object]


class Things(httpx.AsyncBaseTransport):
    """The service. A thing's owner is in its id: ``<owner>_<name>``; its value is how often it was changed.

    Attributes:
        calls: The keys of each call, in the order in which they came.
        gone: Ids that do not exist.
        refused: Ids that are refused with an error of their own.
        spoilt: Ids whose row breaks the contract.
        down: Answer 503 to everything.
        seconds: How long an answer takes.
    """

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.changes: dict[str, int] = {}
        self.gone: set[str] = set()
        self.refused: set[str] = set()
        self.spoilt: set[str] = set()
        self.down = False
        self.seconds = 0.0
        self.gate: asyncio.Event | None = None
        self._came = asyncio.Event()

    @property
    def client(self) -> ServiceClient:
        """A client of this service."""
        return service_client("order", self)

    async def asked(self, count: int) -> None:
        """Return once so many calls have come in all."""
        async with asyncio.timeout(5):
            while len(self.calls) < count:
                self._came.clear()
                await self._came.wait()

    def change(self, thing: str) -> int:
        """Change a thing and return its new value."""
        self.changes[thing] = self.changes.get(thing, 0) + 1
        return self.changes[thing]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        keys: list[str] = json.loads(await request.aread())["keys"]
        self.calls.append(keys)
        self._came.set()
        if self.down:
            return httpx.Response(503)
        # What is answered is what was true when the call came, however long the answer takes.
        rows = [self._row(key) for key in keys if key not in self.gone]
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(self.seconds)
        return httpx.Response(200, json={"rows": rows})

    def _row(self, key: str) -> Row:
        if key in self.refused:
            return {"key": key, "error": {"code": "INVALID_ARGUMENT"}}
        if key in self.spoilt:
            return {"key": key, "value": {"id": key}}
        value = {"id": key, "customerId": key.partition("_")[0], "value": self.changes.get(key, 0)}
        return {"key": key, "value": value}
