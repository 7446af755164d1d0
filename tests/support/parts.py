"""An answer in parts, taken from the application itself: what it sends, and when."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

from starlette.types import ASGIApp, Message

from tests.support.center import Json

APOLLO = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"
PLAIN = "multipart/mixed"
_HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"


class InParts:
    """One request, under way.

    Args:
        app: What answers.
        query: The document.
        token: Who asks; None: nobody.
        accept: What the client takes.
        headers: More of them.
        variables: Of the operation.
    """

    def __init__(
        self,
        app: ASGIApp,
        query: str,
        token: str | None,
        accept: str = PLAIN,
        headers: dict[str, str] | None = None,
        variables: Json | None = None,
    ) -> None:
        given = {"content-type": "application/json", "accept": accept} | (headers or {})
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        self._app = app
        self._body = json.dumps({"query": query, "variables": variables}).encode()
        self._scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None
        self.status = 0
        self.headers: dict[str, str] = {}

    async def run(self) -> None:
        """Answer it."""
        await self._app(self._scope, self._receive, self._sent.put)

    async def chunk(self) -> bytes:
        """Return what is sent next."""
        async with asyncio.timeout(10):
            message = await self._sent.get()
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
                message = await self._sent.get()
        body: bytes = message["body"]
        return body

    async def part(self) -> Json:
        """Return the next part; it must be whole, and end as the last or another one does."""
        chunk = await self.chunk()
        head, _, rest = chunk.partition(_HEAD)
        assert head in {b"\r\n---", b""}
        body, end, closing = rest.rpartition(b"\r\n---")
        part: Json = json.loads(body)
        assert end
        assert closing == (b"" if part["hasNext"] else b"--\r\n")
        return part

    async def parts(self) -> list[Json]:
        """Return all that are left."""
        found = [await self.part()]
        while found[-1]["hasNext"]:
            found.append(await self.part())
        return found

    async def whole(self) -> Json:
        """Return an answer that does not come in parts."""
        answer: Json = json.loads(await self.chunk())
        return answer

    async def leave(self) -> None:
        """Go away, as a client does."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait({self.task})

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.task is not None
        if kind is not None or self.task.cancelled():
            await self.leave()
        else:
            await self.task


def merged(parts: list[Json]) -> Json:
    """Put an answer together as clients do, whichever way it is told."""
    data = parts[0].get("data")
    errors = list(parts[0].get("errors", []))
    pending: dict[str, list[str | int]] = {}

    for part in parts:
        pending |= {one["id"]: one["path"] for one in part.get("pending", [])}
        for one in part.get("incremental", []):
            errors += one.get("errors", [])
            path = pending[one["id"]] + one.get("subPath", []) if "id" in one else one["path"]
            if "items" in one:
                items = _at(data, path if "id" in one else path[:-1])
                assert "id" in one or len(items) == path[-1]
                items += one["items"]
            else:
                _deep(_at(data, path), one["data"])
        for one in part.get("completed", []):
            errors += one.get("errors", [])
    return {"data": data, "errors": sorted(errors, key=str)}


def _at(data: Any, path: list[str | int]) -> Any:  # noqa: ANN401  a part of an answer
    for key in path:
        data = data[key]
    return data


def _deep(into: Json, added: Json) -> None:
    for key, value in added.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _deep(into[key], value)
        else:
            into[key] = value
