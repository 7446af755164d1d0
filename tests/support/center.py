"""The gateway in this process over real services, with every downstream call recorded."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, NamedTuple, Protocol

import httpx
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.settings import Settings
from tests.support import plain
from tests.support.services import ServiceProcess

Json = dict[str, Any]
Around = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


class Call(NamedTuple):
    """One call to a service: which, where, and how many keys; a command has none."""

    service: str
    path: str
    keys: int


class Calls(list[Call]):
    """The batch calls of one operation, and how many of them went out before the first was answered."""

    together = 0

    def clear(self) -> None:
        super().clear()
        self.together = 0


class Recording(httpx.AsyncBaseTransport):
    """Real HTTP that notes each batch call when it goes out."""

    def __init__(self, service: str, calls: Calls) -> None:
        self._service = service
        self._calls = calls
        self._inner = httpx.AsyncHTTPTransport(verify=plain.NO_TLS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return await self._inner.handle_async_request(request)
        keys = json.loads(await request.aread()).get("keys", ())
        self._calls.append(Call(self._service, request.url.path.removeprefix("/v1/"), len(keys)))
        response = await self._inner.handle_async_request(request)
        self._calls.together = self._calls.together or len(self._calls)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class OrderCenter:
    """A client of the gateway: asks as somebody, and knows what that cost downstream."""

    def __init__(self, http: httpx.AsyncClient, calls: Calls, issuer: ServiceProcess) -> None:
        self.http = http
        self.calls = calls
        self._issuer = issuer

    def token(self, person: str, scope: str | None = None) -> str:
        """A token for a customer id."""
        return token(self._issuer.url, person, scope)

    async def post(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        person: str | None,
        scope: str | None = None,
    ) -> httpx.Response:
        """Send one operation as somebody, or as nobody."""
        self.calls.clear()
        headers = {} if person is None else {"Authorization": f"Bearer {self.token(person, scope)}"}
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        person: str | None,
        scope: str | None = None,
    ) -> Json:
        """Return the whole answer."""
        answer: Json = (await self.post(query, variables, person=person, scope=scope)).json()
        return answer

    async def data(self, query: str, variables: Mapping[str, object] | None = None, *, person: str | None) -> Json:
        """Return the data of an answer without errors."""
        answer = await self.ask(query, variables, person=person)
        assert "errors" not in answer, answer["errors"]
        data: Json = answer["data"]
        return data


@cache
def token(issuer_url: str, person: str, scope: str | None) -> str:
    body = {"sub": person} | ({} if scope is None else {"scope": scope})
    answer = plain.post(f"{issuer_url}/token", json=body).raise_for_status()
    return str(answer.json()["token"])


class Reachable(Protocol):
    """A service, or what stands before it."""

    @property
    def url(self) -> str:
        """Where it listens."""

    @property
    def token(self) -> str:
        """What it takes."""


def settings(services: Mapping[str, Reachable], issuer: ServiceProcess, **changes: Any) -> Settings:  # noqa: ANN401  any setting
    """Settings for a gateway over these processes. Patience is long, so that a busy machine cannot split a batch."""
    given: Json = {
        "jwt_jwks_url": f"{issuer.url}/.well-known/jwks.json",
        "jwt_issuer": "http://127.0.0.1/order-center-dev",
        "jwt_audience": "order-center",
        "cursor_secret": "only-for-tests-only-for-tests-only",
        "batch_patience": 5.0,
        "redis_timeout": 1.0,
        # Every call is counted, so none is sent twice because it took long; a service that is back is asked at once.
        "downstream_hedge_quantile": 1.0,
        "downstream_breaker_seconds": 0.05,
        "memory_bytes": 0,
    }
    for name, service in services.items():
        given |= {f"{name}_service_url": service.url, f"{name}_service_token": service.token}
    return Settings(**(given | changes))


@asynccontextmanager
async def talking(url: str, issuer: ServiceProcess) -> AsyncIterator[OrderCenter]:
    """Talk to a gateway that runs as a process; its calls are not recorded."""
    async with plain.AsyncClient(base_url=url, timeout=30) as http:
        yield OrderCenter(http, Calls(), issuer)


@asynccontextmanager
async def running(
    settings: Settings, issuer: ServiceProcess, around: Mapping[str, Around] | None = None
) -> AsyncIterator[OrderCenter]:
    """Run a gateway in this process.

    Args:
        settings: Its settings.
        issuer: Makes tokens.
        around: What to put around the network to a service, by its name.
    """
    app, calls = recorded(settings, around)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://order-center") as http,
    ):
        yield OrderCenter(http, calls, issuer)


def recorded(settings: Settings, around: Mapping[str, Around] | None = None) -> tuple[Starlette, Calls]:
    """Return a gateway that does not run yet, and the calls that it will make."""
    calls = Calls()
    transports: dict[str, httpx.AsyncBaseTransport] = {}
    for name in ("order", "payment", "recs"):
        recording = Recording(name, calls)
        transports[name] = around[name](recording) if around and name in around else recording
    return create_app(settings, transports=transports), calls
