"""What differed from graphql-core once, in the smallest form that shows it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from typing import Any

import pytest
from graphql import ExecutionResult, build_schema, execute, parse

from engine import CompiledExecutor
from tests.engine.test_compiled import ANN, BOOK, same


class Broken:
    """An iterable that fails after some items."""

    def __init__(self, *items: object) -> None:
        self._items = items

    def __iter__(self) -> Iterator[object]:
        yield from self._items
        raise ValueError("torn off")


class BrokenLater(Broken):
    """The same, asynchronously."""

    async def __aiter__(self) -> AsyncIterator[object]:
        for item in self._items:
            yield item
        raise ValueError("torn off")


async def _told(query: str, root: object) -> list[str]:
    return [error.message for error in (await same(query, root)).errors or ()]


@pytest.mark.parametrize("broken", [Broken, BrokenLater])
async def test_items_before_an_iterator_fails_keep_their_errors(broken: type[Broken]) -> None:
    torn = broken({**BOOK, "rating": "x"}, BOOK)
    told = await _told("{ shelf { books { rating } } }", {"shelf": {"books": torn}})
    assert told == ["Float cannot represent non numeric value: 'x'", "torn off"]


@pytest.mark.parametrize("broken", [Broken, BrokenLater])
async def test_a_required_item_before_an_iterator_fails_makes_the_list_null_itself(broken: type[Broken]) -> None:
    torn = broken(BOOK, {**BOOK, "title": None})
    told = await _told("{ shelf { books { title } } }", {"shelf": {"books": torn}})
    assert told == ["Cannot return null for non-nullable field Book.title."]


async def test_lists_in_a_list_that_fails_are_completed_as_far_as_they_came() -> None:
    assert await _told("{ matrix }", {"matrix": Broken([1.5, "x"], Broken("y"))}) == [
        "Float cannot represent non numeric value: 'x'",
        "Float cannot represent non numeric value: 'y'",
        "torn off",
        "torn off",
    ]


async def test_resolvers_below_a_list_that_fails_know_their_paths() -> None:
    paths: list[list[str | int]] = []

    def note(info: object) -> str:
        paths.append(info.path.as_list())  # type: ignore[attr-defined]  # a GraphQLResolveInfo
        return "Ann"

    torn = Broken({**ANN, "name": note})
    assert await _told("{ things { ... on Person { name } } }", {"things": torn}) == ["torn off"]
    assert paths == [["things", 0, "name"]] * 4


async def test_what_a_resolver_raises_comes_before_what_its_siblings_await() -> None:
    schema = build_schema("type Query { things: [Thing!] } type Thing { value: Int! }")

    async def fail_later() -> int:
        raise ValueError("later")

    def resolve(thing: int, _info: object) -> Awaitable[int]:
        if thing == 1:
            raise ValueError("at once")
        return fail_later()

    things: Any = schema.type_map["Thing"]
    things.fields["value"].resolve = resolve
    for executor_class in (None, CompiledExecutor):
        document = parse("{ things { value } }")
        result = execute(schema, document, {"things": [0, 1]}, executor_class=executor_class)
        answer = result if isinstance(result, ExecutionResult) else await result
        assert [error.message for error in answer.errors or ()] == ["at once"]


async def test_awaitables_that_an_iterator_still_holds_when_it_fails_are_awaited() -> None:
    awaited: list[str] = []

    async def late() -> int:
        awaited.append("late")
        return 1

    class Resuming:
        """Fails once and goes on."""

        def __init__(self) -> None:
            self._left: list[Any] = [late(), ValueError("torn off"), 1]

        def __iter__(self) -> Iterator[object]:
            return self

        def __next__(self) -> object:
            if not self._left:
                raise StopIteration
            item = self._left.pop()
            if isinstance(item, Exception):
                raise item
            return item

    root: Any = {"matrix": Resuming()}
    document = parse("{ matrix }")
    answer = execute(build_schema("type Query { matrix: [Int] }"), document, root, executor_class=CompiledExecutor)
    assert isinstance(answer, ExecutionResult)
    assert [error.message for error in answer.errors or ()] == ["torn off"]
    await asyncio.sleep(0)
    assert awaited == ["late"]


class Counting:
    """An awaitable that can be awaited again and counts how often it is."""

    def __init__(self, value: object) -> None:
        self.count = 0
        self._value = value

    def __await__(self) -> Generator[Any, None, object]:
        self.count += 1
        yield from asyncio.sleep(0).__await__()
        return self._value


async def _execute(query: str, root: object) -> ExecutionResult:
    schema = build_schema("type Query { one: Int, all: [Query] }")
    result = execute(schema, parse(query), root, executor_class=CompiledExecutor)
    return result if isinstance(result, ExecutionResult) else await result


async def test_on_purpose_an_awaitable_that_gives_another_is_awaited_to_the_end() -> None:
    answer = await _execute("{ one }", {"one": Counting(Counting(1))})
    assert answer == ExecutionResult({"one": 1}, None)


async def test_on_purpose_an_awaitable_that_several_objects_share_is_awaited_once() -> None:
    shared = Counting(1)
    answer = await _execute("{ all { one } }", {"all": [{"one": shared}, {"one": shared}]})
    assert answer == ExecutionResult({"all": [{"one": 1}, {"one": 1}]}, None)
    assert shared.count == 1
