"""The dashboard and the page about telemetry tell of metrics that exist, with labels that they have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser

from services.people import SHOPPER
from tests.support.scraping import Scraped, Watched, traffic

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "ops" / "grafana" / "order-center.json"
DOCUMENTED = ROOT / "docs" / "telemetry.md"


def _queries() -> Iterator[str]:
    board = json.loads(DASHBOARD.read_text())
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def _selectors(query: str) -> Iterator[tuple[str, set[str]]]:
    """Yield every metric that a query reads, with the labels that it asks for or groups by."""
    if found := re.fullmatch(r"label_values\((.*), (\w+)\)", query):
        yield from ((name, labels | {found[2]}) for name, labels in _selectors(found[1]))
        return
    for variable, value in {"$__rate_interval": "1m", "$operation": "x", "$client": "x", "$job": "x"}.items():
        query = query.replace(variable, value)
    yield from _walk(promql_parser.parse(query), set())


def _walk(node: Any, grouped: set[str]) -> Iterator[tuple[str, set[str]]]:  # noqa: ANN401  nodes of the parser's
    kind = type(node).__name__
    if kind == "VectorSelector":
        yield str(node.name), grouped | {one.name for one in node.matchers.matchers}
    elif kind == "MatrixSelector":
        yield from _walk(node.vector_selector, grouped)
    elif kind == "AggregateExpr":
        labels = set(node.modifier.labels) if node.modifier else set()
        yield from _walk(node.expr, grouped | labels)
    elif kind == "BinaryExpr":
        yield from _walk(node.lhs, grouped)
        yield from _walk(node.rhs, grouped)
    elif kind == "Call":
        for one in node.args:
            yield from _walk(one, grouped)
    elif kind in {"ParenExpr", "UnaryExpr", "SubqueryExpr"}:
        yield from _walk(node.expr, grouped)
    else:
        assert kind in {"NumberLiteral", "StringLiteral"}, kind


async def _seen(watched: Watched) -> Scraped:
    """Everything there is, after something of every kind."""
    await traffic(watched)
    # A subscription that is refused, and so ends.
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {watched.center.token(SHOPPER.id)}"}
    body = {"query": 'subscription Watch { orderUpdated(orderId: "ord_0000000000") { id } }'}
    answer = await watched.center.http.post("/graphql", json=body, headers=headers)
    assert "NOT_FOUND" in answer.text
    return await watched.scrape()


async def test_every_query_of_the_dashboard_reads_metrics_and_labels_that_exist(watched: Watched) -> None:
    seen = await _seen(watched)
    labels: dict[str, set[str]] = {}
    for name, its in seen.values:
        labels.setdefault(name, {"job", "instance"}).update(dict(its))
    queries = list(_queries())
    assert len(queries) > 20
    for query in queries:
        for name, wanted in _selectors(query):
            # Nothing has failed yet, so these have no samples.
            if name != "order_center_service_failures_total":
                assert wanted <= labels.get(name, set()), f"{name}: {query}"


async def test_every_metric_is_documented_with_its_type_and_labels(watched: Watched) -> None:
    seen = await _seen(watched)
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\|", DOCUMENTED.read_text(), re.MULTILINE)
    told = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    for family, kind in seen.types.items():
        name = f"{family}_total" if kind == "counter" else family
        if name.startswith(("process_", "python_")):
            continue
        samples = [dict(labels) for (one, labels) in seen.values if one in {name, f"{name}_count"}]
        found = {label for one in samples for label in one}
        assert told[name][0] == kind, name
        assert found <= told[name][1], name
        told.pop(name)
    assert told == {}
