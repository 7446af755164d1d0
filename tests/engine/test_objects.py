"""Records that a decoder has checked: their objects in an answer are finished at once, and say the same."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_graphql import queries
from msgspec import Struct
from strawberry import Parent
from strawberry.schema.config import StrawberryConfig

from engine import Batches, EngineSchema, batch_field, encode, instances_of
from engine.deferral import MARK
from engine.objects import CLASSES, ResponseObject, as_dicts, class_of

INT_32 = 2**31


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Price(Struct, frozen=True):
    amount: str
    exact: float | None


class Part(Struct, frozen=True):
    name: str
    price: Price
    colours: Sequence[Colour]
    colour: Colour | None
    count: int
    inner: "Part | None" = None
    others: "Sequence[Part]" = ()


class Context:
    """What resolvers get."""

    def __init__(self) -> None:
        self.batches = Batches()


async def _label(parts: Sequence[Part], context: Context) -> list[str | Exception]:  # noqa: ARG001  the signature of all
    return [ValueError("no label") if part.count % 5 == 0 else part.name.upper() for part in parts]


@strawberry.type(name="Price")
class PriceType:
    amount: str
    exact: float | None
    is_type_of = instances_of(Price, decoded=True)


Shade = strawberry.enum(Colour, name="Shade")


@strawberry.interface(name="Named")
class Named:
    name: str


@strawberry.type(name="Part")
class PartType(Named):
    price: PriceType
    colours: list[Shade]  # type: ignore[valid-type]  # Strawberry's own enum
    colour: Shade | None  # type: ignore[valid-type]  # the same
    count: int
    inner: "PartType | None"
    others: list["PartType"]
    label: str | None = batch_field(_label, description="Fails for some.")
    is_type_of = instances_of(Part, decoded=True)


@strawberry.type
class Query:
    @strawberry.field
    def part(self, root: Parent[dict[str, Any]]) -> PartType | None:
        part: PartType | None = root["part"]
        return part

    @strawberry.field
    def parts(self, root: Parent[dict[str, Any]]) -> list[PartType]:
        parts: list[PartType] = root["parts"]
        return parts

    @strawberry.field
    def named(self, root: Parent[dict[str, Any]]) -> list[Named]:
        parts: list[Named] = root["parts"]
        return parts


OPTIONS: Any = {"query": Query, "types": [PartType]}
CORE = strawberry.Schema(**OPTIONS)
ENGINE = EngineSchema(**OPTIONS)
DEFERRING = EngineSchema(**OPTIONS, config=StrawberryConfig(enable_experimental_incremental_execution=True))

PRICES = st.builds(Price, st.text(max_size=3), st.none() | st.floats(allow_nan=False, allow_infinity=False))
COLOURS = st.sampled_from(Colour)


def _parts(inner: "st.SearchStrategy[Part | None]", others: "st.SearchStrategy[list[Part]]") -> Any:  # noqa: ANN401  a strategy of Part
    return st.builds(
        Part,
        name=st.text(max_size=4),
        price=PRICES,
        colours=st.lists(COLOURS, max_size=2),
        colour=st.none() | COLOURS,
        count=st.sampled_from((-INT_32 - 1, -INT_32, 0, 1, INT_32 - 1, INT_32)),
        inner=inner,
        others=others,
    )


LEAVES = _parts(st.none(), st.just([]))
PARTS = _parts(st.none() | LEAVES, st.lists(LEAVES, max_size=2))


def _root(parts: Sequence[Part]) -> dict[str, Any]:
    return {"part": parts[0] if parts else None, "parts": list(parts)}


@given(queries(CORE.as_str()), st.lists(PARTS, max_size=3))
async def test_any_query_of_records_gives_the_bytes_of_graphql_cores_answer(query: str, parts: list[Part]) -> None:
    expected = await CORE.execute(query, context_value=Context(), root_value=_root(parts))
    for _ in range(2):
        given_root: dict[str, Any] = {"context_value": Context(), "root_value": _root(parts)}
        told = await ENGINE.execute(query, **given_root)
        assert repr(told.data) == repr(expected.data)
        written = await ENGINE.execute(query, **given_root, to_encode=True)
        assert json.loads(encode({"data": written.data})) == json.loads(json.dumps({"data": expected.data}))
        assert repr(as_dicts(written.data)) == repr(expected.data)
        for answer in (told, written):
            assert sorted(str(error) for error in answer.errors or ()) == sorted(map(str, expected.errors or ()))


WHOLE = "{ parts { name price { amount exact } } }"
FAILING = "{ parts { label price { amount } inner { count price { amount } } } }"


async def _answer(query: str, parts: Sequence[Part], **options: Any) -> Any:  # noqa: ANN401  Strawberry's options
    for _ in range(2):
        answer = await ENGINE.execute(query, context_value=Context(), root_value=_root(parts), **options)
    return answer


def _part(count: int, inner: Part | None = None) -> Part:
    return Part("lid", Price("1.50", None), (Colour.RED,), None, count, inner)


async def test_only_who_encodes_gets_objects_that_are_no_dicts() -> None:
    told = await _answer(WHOLE, [_part(1)])
    assert type(told.data["parts"][0]) is dict
    written = await _answer(WHOLE, [_part(1)], to_encode=True)
    (part,) = written.data["parts"]
    assert isinstance(part, ResponseObject)
    assert encode(written.data) == b'{"parts":[{"name":"lid","price":{"amount":"1.50","exact":null}}]}'


async def test_what_may_fail_around_a_finished_object_becomes_null_with_its_error() -> None:
    answer = await _answer(FAILING, [_part(5, _part(INT_32))], to_encode=True)
    assert as_dicts(answer.data) == {"parts": [{"label": None, "price": {"amount": "1.50"}, "inner": None}]}
    assert sorted(str(error.path) for error in answer.errors) == [
        "['parts', 0, 'inner', 'count']",
        "['parts', 0, 'label']",
    ]


async def test_what_fails_deep_in_records_makes_null_what_cannot_be_without_it() -> None:
    answer = await _answer("{ parts { name inner { count } } }", [_part(1, _part(INT_32))], to_encode=True)
    assert encode(answer.data) == b'{"parts":[{"name":"lid","inner":null}]}'
    assert [error.path for error in answer.errors] == [["parts", 0, "inner", "count"]]


async def test_any_name_can_be_a_key() -> None:
    answer = await _answer(
        "{ parts { class: name f0: name price { None: amount f1: amount } } }", [_part(1)], to_encode=True
    )
    assert encode(answer.data) == b'{"parts":[{"class":"lid","f0":"lid","price":{"None":"1.50","f1":"1.50"}}]}'


async def test_what_can_be_deferred_stays_a_dict() -> None:
    query = "{ parts { name price { amount ... @defer { exact } } } }"
    given_root: dict[str, Any] = {"context_value": Context(), "root_value": _root([_part(1)])}
    for _ in range(2):
        answer: Any = await DEFERRING.execute(query, **given_root, in_parts=True, to_encode=True)
        assert answer.data == {"parts": [{"name": "lid", "price": {"amount": "1.50"}}]}
        later = [part async for part in answer]
        assert [added.data for part in later for added in part.incremental or ()] == [{"exact": None}]
        await answer.aclose()


@pytest.mark.parametrize("keys", [("a",), ("a", MARK + "0")])
def test_selections_with_the_same_keys_share_a_class(keys: tuple[str, ...]) -> None:
    assert class_of(keys) is class_of(keys)
    assert (
        msgspec.json.encode(class_of(keys)(*range(len(keys))))
        == json.dumps(dict(zip(keys, range(9), strict=False)), separators=(",", ":")).encode()
    )


def test_a_flood_of_new_keys_leaves_a_bounded_number_of_classes() -> None:
    for number in range(CLASSES + 10):
        class_of((f"flood{number}",))
    assert class_of.cache_info().currsize == CLASSES
