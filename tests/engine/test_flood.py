"""Documents that nobody has sent before, without end: memory stays within its bound, and known documents are served."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest
import strawberry

from engine import EngineSchema
from engine.executor import PLANS
from engine.plans import Plans

KNOWN = "{ shelf { name number shelf { name } } }"
BOUND = 200_000
FLOOD = 100


@strawberry.type
class Shelf:
    name: str = "A"
    number: int = 1

    @strawberry.field
    def shelf(self) -> "Shelf | None":
        return Shelf()


@strawberry.type
class Query:
    @strawberry.field
    def shelf(self) -> Shelf:
        return Shelf()


@pytest.fixture
def schema() -> EngineSchema:
    schema = EngineSchema(Query, max_document_bytes=BOUND)
    core = schema._schema  # noqa: SLF001  Strawberry keeps graphql-core's schema to itself
    core.extensions[PLANS] = Plans(core, max_bytes=BOUND)
    return schema


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def _flood(start: int) -> Iterator[str]:
    for number in range(start, start + FLOOD):
        fields = " ".join(f"a{number}_{place}: name" for place in range(10))
        yield f"{{ s{number}: shelf {{ {fields} shelf {{ number }} }} }}"


async def _send(schema: EngineSchema, start: int) -> int:
    """Send documents that are new, with a known one now and then; return the memory in use afterwards."""
    for number, document in enumerate(_flood(start)):
        answer = await schema.execute(document)
        assert answer.errors is None
        if number % 10 == 0:
            answer = await schema.execute(KNOWN)
            assert answer.data == {"shelf": {"name": "A", "number": 1, "shelf": {"name": "A"}}}
        assert schema.plans.bytes <= BOUND
    del answer, document
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.usefixtures("traced")
async def test_a_flood_fills_no_memory_and_takes_nothing_from_those_who_are_known(schema: EngineSchema) -> None:
    for _ in range(3):
        await schema.execute(KNOWN)
    known = schema.documents.get(KNOWN)
    (plan,) = schema.plans.of(known.node.definitions[0])
    before = tracemalloc.get_traced_memory()[0]
    full = await _send(schema, 0)
    assert len(schema.plans) < FLOOD
    assert len(schema.documents) < FLOOD
    # Two caches, and half as much again for what is used once: without bounds it would be thirteen times as much.
    assert full - before < 3 * BOUND
    assert await _send(schema, FLOOD) - full < BOUND // 10
    assert schema.documents.get(KNOWN) is known
    assert schema.plans.of(known.node.definitions[0]) == [plan]
    assert plan.used == 3 + 2 * FLOOD // 10
