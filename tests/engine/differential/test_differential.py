"""graphql-core is the oracle: whatever the schema, the data and the operation, the engine gives the same answer."""

import asyncio
from collections.abc import Iterator

import pytest
from graphql import parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.differential.comparison import Case, compare
from tests.engine.differential.dice import Dice
from tests.engine.differential.documents import Document, draw_document
from tests.engine.differential.pool import draw_pool
from tests.engine.differential.schemas import build_schema
from tests.engine.differential.shapes import Shape, draw_shape

pytestmark = pytest.mark.long

# An example is a schema with operations and sets of data. A case is one operation executed with one set of data by
# both engines: so many in each example.
DOCUMENTS = 6
POOLS = 5
KINDS = ("query", "query", "query", "mutation", "subscription")

Example = tuple[bytes, list[bytes], list[bytes]]


def _bytes(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


EXAMPLES = st.tuples(
    _bytes(160),
    st.lists(_bytes(320), min_size=DOCUMENTS, max_size=DOCUMENTS),
    st.lists(_bytes(320), min_size=POOLS, max_size=POOLS),
)


def _documents(shape: Shape, drawn: list[bytes]) -> Iterator[Document]:
    for dice in map(Dice, drawn):
        yield draw_document(dice, shape, dice.pick(KINDS))


def _cases(example: Example) -> Iterator[Case]:
    """Yield each operation with each set of data: a plan is interpreted the first time, and compiled from then on."""
    shape = draw_shape(Dice(example[0]))
    schema = build_schema(shape)
    pools = [draw_pool(Dice(drawn), shape) for drawn in example[2]]
    for document in _documents(shape, example[1]):
        node = parse(document.text)
        for number, pool in enumerate(pools):
            variables = document.variables[number % len(document.variables)]
            yield Case(schema, node, document.operation_name, document.kind, variables, pool)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


# graphql-core drops coroutines when it gives up; those of the engine are looked for in each case.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
# Where one is collected inside a named tuple's constructor, which has no builtins, the warning itself fails.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning")
def test_both_engines_give_the_same_data_errors_and_calls(loop: asyncio.AbstractEventLoop) -> None:
    compared = 0

    @settings(max_examples=4 * settings().max_examples)
    @given(EXAMPLES)
    def check(example: Example) -> None:
        nonlocal compared
        for case in _cases(example):
            try:
                compare(loop, case)
            except BaseException as error:
                error.add_note(str(case))
                raise
            compared += 1

    check()
    print(f"{compared} cases")  # noqa: T201  a larger run wants to know
    assert compared >= 12_000


def test_what_is_compared_are_valid_operations() -> None:
    @given(_bytes(160), st.lists(_bytes(320), min_size=1, max_size=1))
    def check(first: bytes, second: list[bytes]) -> None:
        shape = draw_shape(Dice(first))
        (document,) = _documents(shape, second)
        assert validate(build_schema(shape), parse(document.text)) == []

    check()
