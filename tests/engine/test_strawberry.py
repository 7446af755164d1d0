"""Strawberry's fields, permissions, extensions and handlers: with the engine as with graphql-core."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from hypothesis import given
from hypothesis_graphql import queries
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types.field import StrawberryField

from engine import Batches, EngineSchema, batch_field


@dataclass
class Context:
    """One request, with the names of what was called."""

    calls: list[str] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)


class Denied(BasePermission):
    message = "denied"

    def has_permission(self, source: object, info: Any, **_arguments: object) -> bool:  # noqa: ANN401, ARG002  Strawberry's signature
        info.context.calls.append("Denied")
        return False


class DeniedLater(Denied):
    async def has_permission(self, source: object, info: Any, **arguments: object) -> bool:  # type: ignore[override]  # noqa: ANN401  Strawberry takes both
        return super().has_permission(source, info, **arguments)


class Shouting(FieldExtension):
    def resolve(self, next_: Callable[..., Any], source: object, info: Any, **arguments: object) -> Any:  # noqa: ANN401  Strawberry's signature
        return f"{next_(source, info, **arguments)}!"


class Doubled(StrawberryField):
    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401, ARG002  Strawberry's signature
        return getattr(source, self.python_name) * 2


@strawberry.enum
class Cover(Enum):
    HARD = "h"
    SOFT = strawberry.enum_value("s", name="PAPER")


@strawberry.interface
class Item:
    name: str
    price: float | None = None


@strawberry.type
class Missing:
    message: str


class MissingError(Exception):
    pass


class MissingHandler(strawberry.ExceptionHandler[MissingError]):
    error_type = Missing

    def handle(self, exception: MissingError, **_where: object) -> Missing:
        return Missing(message=str(exception))


@strawberry.input
class Wanted:
    size: int = 2
    covers: list[Cover] = strawberry.field(default_factory=lambda: [Cover.HARD])
    under: "Wanted | None" = None


def _torn(book: Any) -> Exception | None:  # noqa: ANN401  a Book, which is declared below
    return ValueError(f"{book.name} is torn") if book.number % 3 == 1 else None


async def _notes(books: Sequence[Any], context: Context, wanted: Wanted | None = None) -> list[str | Exception | None]:
    context.calls.append("notes")
    return [_torn(book) or (f"{book.name} {wanted}" if book.number else None) for book in books]


def _covers(books: Sequence[Any], context: Context, cover: Cover = Cover.SOFT) -> list[Cover | Exception]:
    context.calls.append("covers")
    return [_torn(book) or cover for book in books]


async def _next(books: Sequence[Any], context: Context, by: int = 1) -> list["Book | None"]:
    context.calls.append("next")
    return [Book(name=f"next {book.name}", number=book.number + by) if book.number < 5 else None for book in books]


def _handled(books: Sequence[Any], context: Context) -> list[Any]:
    context.calls.append("handled")
    return [MissingError(book.name) if book.number % 2 else book for book in books]


@strawberry.type
class Book(Item):
    number: int = 0
    secret: str = strawberry.field(default="secret", permission_classes=[Denied])
    secret_later: str | None = strawberry.field(default="secret", permission_classes=[DeniedLater])
    loud: str = strawberry.field(default="loud", extensions=[Shouting()])
    doubled: str = Doubled(default="twice")  # type: ignore[assignment]
    hidden: strawberry.Private[int] = 7
    notes: str | None = batch_field(_notes, description="Batched, awaited.")
    cover: Cover | None = batch_field(_covers, description="Batched, at once.")
    next: "Book | None" = batch_field(_next, description="Batched objects.")
    handled: "Book | Missing" = batch_field(_handled, description="Batched, with errors that are answers.")

    @strawberry.field
    def spine(self, info: strawberry.Info[Context, None], wanted: Wanted | None = None) -> str:
        return f"{info.path.key} {self.hidden} {wanted}"

    @strawberry.field
    async def siblings(self, size: int = 2) -> list["Book | Toy"]:
        return [_item(self.number + number + 1) for number in range(min(max(size, 0), 3))]


@strawberry.type
class Toy(Item):
    @strawberry.field
    def noise(self) -> list[list[str | None]]:
        return [["bang", None], []]


def _item(number: int) -> Book | Toy:
    return Book(name=f"book {number}", number=number) if number % 2 else Toy(name=f"toy {number}", price=1.5)


@strawberry.type
class Query:
    @strawberry.field
    async def items(self, wanted: Wanted | None = None) -> list[Item]:
        return [_item(number) for number in range(min(wanted.size if wanted else 3, 5))]

    @strawberry.field
    def book(self, number: int = 1) -> Book | None:
        return Book(name="one", number=number % 7) if number >= 0 else None


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def books(self) -> AsyncIterator[Book]:
        for number in range(3):
            yield Book(name="event", number=number)


OPTIONS: Any = {
    "query": Query,
    "subscription": Subscription,
    "types": [Book, Toy],
    "exception_handlers": [MissingHandler()],
}
CORE = strawberry.Schema(**OPTIONS)
ENGINE = EngineSchema(**OPTIONS)


def _told(errors: Sequence[GraphQLError] | None) -> list[tuple[object, ...]]:
    told = [(error.message, error.path, error.locations, error.extensions) for error in errors or ()]
    return sorted(told, key=repr)


async def _same(query: str, **options: Any) -> tuple[Any, list[str]]:  # noqa: ANN401  options of Strawberry's execute
    """Return the data and what was called for it, once interpreted and then compiled, equal to graphql-core's."""
    expected = await CORE.execute(query, context_value=Context(), **options)
    for _ in range(2):
        context = Context()
        answer = await ENGINE.execute(query, context_value=context, **options)
        assert repr(answer.data) == repr(expected.data)
        assert _told(answer.errors) == _told(expected.errors)
    return answer, context.calls


@pytest.mark.parametrize("name", ["secret", "secretLater"])
async def test_a_permission_is_asked_for_a_field_without_a_resolver(name: str) -> None:
    answer, calls = await _same(f"{{ book {{ name {name} }} }}")
    assert [error.message for error in answer.errors] == ["denied"]
    assert "secret" not in repr(answer.data).replace("secretLater", "")
    assert calls == ["Denied"]


async def test_a_field_with_its_own_way_of_getting_a_value_uses_it() -> None:
    answer, _ = await _same("{ book { doubled loud } }")
    assert answer.data == {"book": {"doubled": "twicetwice", "loud": "loud!"}}


async def test_an_exception_that_has_a_handler_is_an_answer() -> None:
    answer, _ = await _same("{ book(number: 3) { handled { __typename ... on Missing { message } } } }")
    assert answer.data == {"book": {"handled": {"__typename": "Missing", "message": "one"}}}
    assert answer.errors is None


async def test_batches_of_one_level_are_one_call_for_all_types_of_parents() -> None:
    query = "{ items(wanted: {size: 5}) { name ... on Book { next(by: 2) { notes(wanted: {size: 1}) } } } }"
    _, calls = await _same(query)
    assert sorted(calls) == ["next", "notes"]


async def test_enums_and_inputs_come_to_a_batch_as_python_has_them() -> None:
    query = """query ($wanted: Wanted, $cover: Cover!) { book(number: 3) {
        cover(cover: $cover) notes(wanted: $wanted) spine(wanted: $wanted) } }"""
    variables = {"cover": "PAPER", "wanted": {"covers": ["PAPER"], "under": {"size": 3}}}
    answer, _ = await _same(query, variable_values=variables)
    assert answer.data["book"]["cover"] == "PAPER"
    assert "Cover.SOFT" in answer.data["book"]["notes"]


async def test_every_event_of_a_subscription_is_the_same() -> None:
    results = []
    for schema in (CORE, ENGINE):
        stream: Any = await schema.subscribe("subscription { books { name notes secret } }", context_value=Context())
        results.append([(event.data, _told(event.errors)) async for event in stream])
    assert results[0] == results[1]
    assert len(results[0]) == 3


@given(queries(CORE.as_str()))
async def test_generated_queries_have_the_same_answers(query: str) -> None:
    await _same(query)
