"""A gateway whose metrics are served, and what a scrape of it says."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

from services.people import SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import OrderCenter, running, settings
from tests.support.services import ServiceProcess, free_port

NAMES = "query Names { viewer { displayName } }"
ORDERS = "query Orders { viewer { orders(first: 3) { nodes { number shop { name } } } } }"
Labels = frozenset[tuple[str, str]]


class Scraped(NamedTuple):
    """One scrape: values by sample and labels, and the type of each family."""

    values: Mapping[tuple[str, Labels], float]
    types: Mapping[str, str]

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that have these labels."""
        found = [value for (one, its), value in self.values.items() if one == name and labels.items() <= set(its)]
        assert found, (name, labels)
        return sum(found)

    def by(self, name: str, label: str) -> dict[str, float]:
        """All samples of a name by one label, without those that are 0."""
        found: dict[str, float] = {}
        for (one, its), value in self.values.items():
            if one == name and value:
                found[dict(its)[label]] = found.get(dict(its)[label], 0) + value
        return found


def scraped(text: str) -> Scraped:
    """What a scrape's text says."""
    families = list(text_string_to_metric_families(text))
    samples = {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}
    return Scraped(samples, {family.name: family.type for family in families})


class Watched(NamedTuple):
    """A gateway whose metrics are served."""

    center: OrderCenter
    url: str

    async def scrape(self) -> Scraped:
        """What it says now."""
        async with plain.AsyncClient() as http:
            answer = await http.get(self.url)
        assert answer.status_code == 200
        return scraped(answer.text)

    async def ask(self, query: str, person: str | None, client: str = "ios", **more: object) -> httpx.Response:
        """Send an operation as somebody, or as nobody, from a program."""
        headers = {"GraphQL-Client-Name": client}
        if person is not None:
            headers["Authorization"] = f"Bearer {self.center.token(person)}"
        return await self.center.http.post("/graphql", json={"query": query} | more, headers=headers)


@asynccontextmanager
async def watching(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    **changes: Any,  # noqa: ANN401  any setting
) -> AsyncIterator[Watched]:
    """Run a gateway with metrics."""
    where = {"metrics_host": "127.0.0.1", "metrics_port": free_port()}
    async with running(settings(services, issuer, **where, **changes), issuer) as center:
        yield Watched(center, f"http://127.0.0.1:{where['metrics_port']}/metrics")


async def traffic(watched: Watched) -> None:
    """Something of every kind, always the same."""
    for _ in range(3):
        await watched.ask(NAMES, SHOPPER.id)
    await watched.ask(ORDERS, SHOPPER.id, "web")
    await watched.ask("query Dear { viewer { orders(first: 100) { nodes { lineItems { id } } } } }", SHOPPER.id)
    await watched.ask("query Bad { viewer { nothing } }", SHOPPER.id)
    await watched.ask("{ viewer { id } }", None)
    await watched.ask("{ __schema { queryType { name } } }", TROUBLED.id)
    await watched.center.http.patch("/graphql")
