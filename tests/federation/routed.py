"""A federated graph with real routers, as `graph/serve.mjs` runs it."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from tests.support.center import Json, token
from tests.support.services import ServiceProcess

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass(frozen=True)
class Graph:
    """What runs.

    Attributes:
        supergraphs: What each composer has made.
        errors: What each composer did not like.
        seen: Where to ask which headers the subgraphs got since the last time.
        routers: Where each router listens.
        issuer: Signs tokens.
    """

    supergraphs: Mapping[str, str | None]
    errors: Mapping[str, list[str]]
    seen: str
    routers: Mapping[str, str]
    issuer: ServiceProcess

    def ask(
        self, router: str, query: str, variables: Mapping[str, object] | None = None, *, person: str | None
    ) -> Json:
        """Ask a router as somebody and return the whole answer."""
        headers = {"traceparent": TRACE}
        if person is not None:
            headers["Authorization"] = f"Bearer {token(self.issuer.url, person, None)}"
        body = {"query": query, "variables": variables or {}}
        answer: Json = httpx.post(self.routers[router], json=body, headers=headers, timeout=30, trust_env=False).json()
        return answer

    def headers(self) -> Mapping[str, list[Mapping[str, str]]]:
        """Return the headers that each subgraph got since the last time, by request."""
        seen: Mapping[str, list[Mapping[str, str]]] = httpx.post(self.seen, json={}, trust_env=False).json()
        return seen
