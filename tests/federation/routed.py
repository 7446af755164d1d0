"""A federated graph with real routers, as `graph/serve.mjs` runs it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Thread

from tests.support import plain
from tests.support.center import Json, token
from tests.support.live import signature
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
        gateway: Where we listen ourselves.
    """

    supergraphs: Mapping[str, str | None]
    errors: Mapping[str, list[str]]
    seen: str
    routers: Mapping[str, str]
    issuer: ServiceProcess
    gateway: str

    def ask(
        self, router: str, query: str, variables: Mapping[str, object] | None = None, *, person: str | None
    ) -> Json:
        """Ask a router as somebody and return the whole answer."""
        headers = {"traceparent": TRACE}
        if person is not None:
            headers["Authorization"] = f"Bearer {token(self.issuer.url, person, None)}"
        body = {"query": query, "variables": variables or {}}
        answer: Json = plain.post(self.routers[router], json=body, headers=headers, timeout=30).json()
        return answer

    def watch(self, router: str, query: str, happened: Json, *, person: str) -> Json:
        """Subscribe at a router as somebody, let something happen, and return the first thing that is told.

        Nobody says when a subscription is open, so it happens again and again until then.
        """
        headers = {"Authorization": f"Bearer {token(self.issuer.url, person, None)}", "Accept": "text/event-stream"}
        told = Event()
        teller = Thread(target=self._tell, args=(json.dumps([happened]).encode(), told))
        with plain.stream("POST", self.routers[router], json={"query": query}, headers=headers, timeout=30) as response:
            teller.start()
            try:
                line = next(line for line in response.iter_lines() if line.startswith("data: {"))
            finally:
                told.set()
                teller.join()
        answer: Json = json.loads(line.removeprefix("data: "))
        return answer

    def _tell(self, body: bytes, told: Event) -> None:
        while not told.wait(0.2):
            plain.post(f"{self.gateway}/events", content=body, headers=signature(body))

    def headers(self) -> Mapping[str, list[Mapping[str, str]]]:
        """Return the headers that each subgraph got since the last time, by request."""
        seen: Mapping[str, list[Mapping[str, str]]] = plain.post(self.seen, json={}).json()
        return seen
