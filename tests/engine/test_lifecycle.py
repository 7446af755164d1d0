"""A request ends with all that it has begun, wherever it is cancelled; requests at the same time share nothing."""

import asyncio
import gc
import random
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLResolveInfo, GraphQLSchema, build_schema, execute, parse, subscribe

from engine import Batches, CompiledExecutor, batch_field
from engine.executor import plans_of

QUERY = parse("""query ($size: Int) {
    mine: shelves(size: $size) { ...S }
    shelves(size: 2) { ...S shelf { ...S } }
}
fragment S on Shelf { __typename name late books { title ... on Novel { author } } }""")


@dataclass
class Context:
    """One request.

    Attributes:
        who: What tells its answers from those of others.
        turns: How many turns of the event loop a piece of work takes.
        begun: Pieces of work that were begun, by name.
        ended: Those of them that have ended, in whatever way.
    """

    who: str
    turns: Callable[[], int] = lambda: 2
    begun: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    batches: Batches = field(default_factory=Batches)

    async def work(self, name: str) -> str:
        """Work for some turns."""
        self.begun[name] += 1
        try:
            for _ in range(self.turns()):
                await asyncio.sleep(0)
        finally:
            self.ended[name] += 1
        return f"{self.who}'s {name}"


class Shelf:
    """A shelf whose books arrive one after the other and whose one field is awaited where it stands."""

    def __init__(self, context: Context, number: int) -> None:
        self.number = number
        self._context = context

    def late(self, _info: object) -> Awaitable[str]:
        return self._context.work("late")

    def shelf(self, _info: object) -> "Shelf":
        return Shelf(self._context, self.number + 10)

    async def books(self, _info: object) -> AsyncIterator[Any]:
        for number in range(2):
            await self._context.work("next book")
            yield {"title": lambda _info: self._context.work("title"), "author": f"{self.number}-{number}"}


async def _shelves(_root: object, info: GraphQLResolveInfo[Context], size: int) -> list[Shelf]:
    await info.context.work("shelves")
    return [Shelf(info.context, number) for number in range(size)]


async def _names(shelves: Sequence[Shelf], context: Context) -> list[str | Exception]:
    work = await context.work("names")
    return [ValueError(f"{work} 1") if shelf.number == 1 else f"{work} {shelf.number}" for shelf in shelves]


async def _type_of(_value: object, info: GraphQLResolveInfo[Context], _type: object) -> str:
    await info.context.work("type")
    return "Novel"


def _schema() -> GraphQLSchema:
    schema = build_schema("""
        type Query { shelves(size: Int = 1): [Shelf!]! }
        type Subscription { ticks: Shelf }
        type Shelf { name: String, late: String, books: [Book], shelf: Shelf }
        interface Book { title: String }
        type Novel implements Book { title: String, author: String }
    """)
    types: Any = schema.type_map
    types["Query"].fields["shelves"].resolve = _shelves
    types["Book"].resolve_type = _type_of
    names = batch_field(_names, description="")
    types["Shelf"].fields["name"].extensions = {"strawberry-definition": names}
    return schema


def _expected(who: str, size: int) -> dict[str, Any]:
    def shelf(number: int) -> dict[str, Any]:
        books = [{"title": f"{who}'s title", "author": f"{number}-{one}"} for one in range(2)]
        name = None if number == 1 else f"{who}'s names {number}"
        return {"__typename": "Shelf", "name": name, "late": f"{who}'s late", "books": books}

    nested = [shelf(number) | {"shelf": shelf(number + 10)} for number in range(2)]
    return {"mine": [shelf(number) for number in range(size)], "shelves": nested}


def _begin(schema: GraphQLSchema, context: Context, size: int = 1) -> asyncio.Future[ExecutionResult]:
    result: Any = execute(
        schema,
        QUERY,
        context_value=context,
        variable_values={"size": size},
        executor_class=CompiledExecutor,
    )
    request: asyncio.Future[ExecutionResult] = asyncio.ensure_future(result)
    return request


def _others() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.fixture(params=["interpreted", "compiled"])
async def schema(request: pytest.FixtureRequest) -> GraphQLSchema:
    schema = _schema()
    if request.param == "compiled":
        for _ in range(2):
            await _begin(schema, Context("nobody"))
        (plan,) = plans_of(schema).of(QUERY.definitions[0])
        assert plan.code_size > 0
    return schema


@pytest.fixture(autouse=True)
def nothing_is_dropped() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(one.message) for one in caught] == []


async def test_a_cancelled_request_ends_all_its_work_wherever_it_is(schema: GraphQLSchema) -> None:
    for turns in range(1, 1_000):
        context = Context("Ann")
        request = _begin(schema, context)
        for _ in range(turns):
            await asyncio.sleep(0)
        if request.done():
            break
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert _others() == set(), f"after {turns} turns"
        assert context.ended == context.begun, f"after {turns} turns"
    assert (await request).data == _expected("Ann", 1)
    assert turns > 20


async def test_an_answered_request_leaves_no_task(schema: GraphQLSchema) -> None:
    context = Context("Ann")
    await _begin(schema, context)
    assert _others() == set()
    assert context.ended == context.begun


async def test_requests_at_the_same_time_never_see_one_another(schema: GraphQLSchema) -> None:
    chance = random.Random(1)  # noqa: S311  the same every time
    contexts = [Context(f"person {number}", lambda: chance.randrange(4)) for number in range(40)]
    requests = []
    for number, context in enumerate(contexts):
        requests.append(_begin(schema, context, number % 4))
        for _ in range(1 + chance.randrange(5)):
            await asyncio.sleep(0)
    cancelled = [number for number in range(40) if chance.random() < 0.2 and requests[number].cancel()]
    answers = await asyncio.gather(*requests, return_exceptions=True)
    assert cancelled
    for number, (context, answer) in enumerate(zip(contexts, answers, strict=True)):
        assert context.ended == context.begun
        if number in cancelled:
            assert isinstance(answer, asyncio.CancelledError)
            continue
        assert isinstance(answer, ExecutionResult)
        assert answer.data == _expected(context.who, number % 4)
        assert {error.message for error in answer.errors or ()} == {f"{context.who}'s names 1"}
    assert _others() == set()
    assert len(plans_of(schema)) == 1


class Ticks:
    """A source of events that knows whether it was closed."""

    def __init__(self, context: Context) -> None:
        self.is_closed = False
        self._context = context

    async def events(self) -> AsyncIterator[dict[str, object]]:
        try:
            for number in range(3):
                await self._context.work("event")
                yield {"ticks": Shelf(self._context, number)}
        finally:
            self.is_closed = True


SUBSCRIPTION = parse("subscription { ticks { name late books { title } } }")


def _subscribe(schema: GraphQLSchema, context: Context) -> tuple[Any, Ticks]:
    ticks = Ticks(context)
    root: Any = {"ticks": lambda _info: ticks.events()}
    return subscribe(schema, SUBSCRIPTION, root, context, executor_class=CompiledExecutor), ticks


async def test_all_events_of_a_subscription_are_executed_by_one_plan() -> None:
    schema, context = _schema(), Context("Ann")
    stream, ticks = _subscribe(schema, context)
    answers = [answer async for answer in stream]
    assert [answer.data["ticks"]["name"] for answer in answers] == ["Ann's names 0", None, "Ann's names 2"]
    assert [[error.path for error in answer.errors or ()] for answer in answers] == [[], [["ticks", "name"]], []]
    (plan,) = plans_of(schema).of(SUBSCRIPTION.definitions[0])
    assert plan.used == 3
    assert plan.code_size > 0
    assert ticks.is_closed
    assert plans_of(schema).fallbacks == {}


async def test_a_subscription_that_is_left_closes_its_source() -> None:
    context = Context("Ann")
    stream, ticks = _subscribe(_schema(), context)
    await anext(stream)
    await stream.aclose()
    assert ticks.is_closed
    assert _others() == set()
    assert context.ended == context.begun


async def test_a_subscription_that_is_cancelled_at_any_turn_leaves_nothing_behind() -> None:
    schema = _schema()
    for turns in range(1, 1_000):
        context = Context("Ann")
        stream, ticks = _subscribe(schema, context)
        event = asyncio.ensure_future(anext(stream))
        for _ in range(turns):
            await asyncio.sleep(0)
        if event.done():
            break
        event.cancel()
        with pytest.raises(asyncio.CancelledError):
            await event
        await stream.aclose()
        assert _others() == set(), f"after {turns} turns"
        assert context.ended == context.begun, f"after {turns} turns"
        assert ticks.is_closed or not context.begun
    await stream.aclose()
    assert turns > 10
