"""The services' batch reads, over one keep-alive client."""

import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import httpx
import orjson

STANDIN = os.environ.get("STANDIN", "http://127.0.0.1:9100")
CONNECTIONS = 128
TIMEOUT_SECONDS = 2.0
KEEPALIVE_SECONDS = 20.0

Row: TypeAlias = dict[str, Any]


class ServiceError(Exception):
    """A service did not answer, or refused a key."""


class Services:
    """Speaks to all services; HTTPX_AIOHTTP=1 puts httpx on aiohttp instead of httpcore."""

    def __init__(self) -> None:
        client = httpx.AsyncClient
        if os.environ.get("HTTPX_AIOHTTP") == "1":
            client = cast("type[httpx.AsyncClient]", importlib.import_module("httpx_aiohttp").HttpxAiohttpClient)
        self._client = client(
            base_url=STANDIN,
            headers={"Content-Type": "application/json", "Authorization": "Bearer stand-in"},
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=KEEPALIVE_SECONDS,
            ),
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def fetch(self, path: str, keys: Sequence[object]) -> Mapping[str, Row | ServiceError]:
        """Return what exists of the keys, by key; raises ``ServiceError`` when the call fails as a whole."""
        service = path.split("/")[1]
        try:
            response = await self._client.post(path, content=orjson.dumps({"keys": keys}))
        except httpx.HTTPError as error:
            raise ServiceError(f"The {service} service did not answer: {type(error).__name__}.") from None
        if response.status_code != httpx.codes.OK:
            raise ServiceError(f"The {service} service answered {response.status_code}.")
        rows = orjson.loads(response.content)["rows"]
        return {row["key"]: ServiceError(row["error"]["code"]) if "error" in row else row["value"] for row in rows}
