"""What is said of an operation before it runs is what it does."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from downstream.command import Command
from engine.explain import loads_of, steps
from loaders.declaration import Declaration
from schema import create_schema
from services.people import SHOPPER
from tests.support.center import OrderCenter

ROOT = Path(__file__).parents[2]
STARTERS = sorted((ROOT / "web" / "src" / "starters").glob("*.graphql"))


def _starter(path: Path) -> tuple[str, dict[str, Any]]:
    variables = path.with_suffix(".json")
    return path.read_text(), json.loads(variables.read_text()) if variables.exists() else {}


@pytest.mark.parametrize(("query", "variables"), list(map(_starter, STARTERS)), ids=[path.stem for path in STARTERS])
async def test_a_query_asks_services_for_no_more_than_its_plan_says(
    changing_center: OrderCenter, query: str, variables: dict[str, Any]
) -> None:
    plan, estimate = create_schema().plan(query, variables, None)
    declared: Counter[str] = Counter()
    for load in loads_of(steps(plan, estimate)):
        assert isinstance(load.loader, Declaration | Command)
        asks = load.loader if isinstance(load.loader, Command) else load.loader.endpoint
        declared[asks.path.removeprefix("/v1/")] += load.keys

    # Some of them change something, which must not be what other tests look at.
    await changing_center.ask(query, variables, person=SHOPPER.id)

    asked: Counter[str] = Counter()
    for call in changing_center.calls:
        asked[call.path] += call.keys
    assert asked.keys() <= declared.keys()
    assert {path: keys for path, keys in asked.items() if keys > declared[path]} == {}
