"""What type an object of a union or interface has is remembered by its class, and only where the class decides it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse

from engine import CompiledExecutor, instances_of
from engine.executor import plans_of


class Row(msgspec.Struct, frozen=True):
    """A record whose kind is a value."""

    id: str
    kind: str = "usual"


class Other(msgspec.Struct, frozen=True):
    """Another."""

    id: str


class Plain:
    """What no decoder has made."""

    def __init__(self, id_: str) -> None:
        self.id = id_


def _is_special(value: Any, _info: object) -> bool:  # noqa: ANN401  any object
    return isinstance(value, Row) and value.kind == "special"


def _schema(special: Callable[..., bool]) -> GraphQLSchema:
    schema = build_schema("""
        type Query { things: [Thing], named: [Named] }
        interface Named { id: ID! }
        type Special implements Named { id: ID! }
        type Usual implements Named { id: ID! }
        type Another implements Named { id: ID! }
        type Bare implements Named { id: ID! }
        union Thing = Special | Usual | Another | Bare
    """)
    tests = {
        "Special": special,
        "Usual": instances_of(Row, decoded=True),
        "Another": instances_of(Other, decoded=True),
        "Bare": instances_of(Plain),
    }
    for name, test in tests.items():
        schema.type_map[name].is_type_of = test  # type: ignore[attr-defined]
    return schema


def _answers(schema: GraphQLSchema) -> list[ExecutionResult]:
    """Answer by graphql-core, then interpreted, and then compiled."""
    rows = [Row("1"), Row("2", "special"), Other("3"), Plain("4"), None, Row("5")]
    root = {"things": rows, "named": rows}
    document = parse("{ things { __typename ... on Named { id } } named { id __typename } }")
    results = [execute(schema, document, root)]
    results += [execute(schema, document, root, executor_class=CompiledExecutor) for _ in range(3)]
    return [result for result in results if isinstance(result, ExecutionResult)]


@pytest.mark.parametrize(
    ("special", "remembered"),
    [
        (_is_special, set()),
        (instances_of(), {("Thing", Row), ("Thing", Other), ("Named", Row), ("Named", Other)}),
    ],
    ids=["by value", "by class"],
)
def test_a_type_is_remembered_where_nothing_but_the_class_decides_it(
    special: Callable[..., bool], remembered: set[tuple[str, type]]
) -> None:
    schema = _schema(special)
    expected, *answers = _answers(schema)
    assert len(answers) == 3
    for answer in answers:
        assert answer == expected
    is_special = special is _is_special
    assert [one and one["__typename"] for one in (expected.data or {})["things"]] == [
        "Usual",
        "Special" if is_special else "Usual",
        "Another",
        "Bare",
        None,
        "Usual",
    ]
    known = plans_of(schema).trust.types
    assert {(abstract.name, class_) for abstract, class_ in known} == remembered


def test_an_interface_with_a_resolver_of_its_own_is_asked_each_time() -> None:
    schema = _schema(instances_of())
    asked: list[object] = []

    def resolve(value: object, *_: object) -> str:
        asked.append(value)
        return "Usual" if isinstance(value, Row) else "Another" if isinstance(value, Other) else "Bare"

    schema.type_map["Named"].resolve_type = resolve  # type: ignore[attr-defined]
    expected, *answers = _answers(schema)
    assert answers == [expected] * 3
    assert len(asked) == 4 * 5
    assert {abstract.name for abstract, _ in plans_of(schema).trust.types} == {"Thing"}
