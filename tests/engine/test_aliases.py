"""Aliases are the client's: none of them is taken for a name in compiled code."""

import pytest
import strawberry

from engine import EngineSchema

NAMES = (
    "build",
    "complete",
    "run",
    "value",
    "values",
    "target",
    "targets",
    "found",
    "item",
    "response",
    "class",
    "None",
)
# Long enough not to be written out wherever it is spread, so that it becomes a function of its own.
LONG = "fragment F on Shown { " + " ".join(f"a{number}: name" for number in range(14)) + " }"


@strawberry.type
class Node:
    depth: int

    @property
    def name(self) -> str:
        return f"n{self.depth}"

    @property
    def node(self) -> "Node | None":
        return Node(depth=self.depth + 1) if self.depth < 3 else None


@strawberry.type
class Shown:
    name: str
    node: "Shown | None"

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Node)


@strawberry.type
class Query:
    @strawberry.field
    def node(self) -> Shown | None:
        return Node(depth=0)  # type: ignore[return-value]


ENGINE = EngineSchema(Query)
CORE = strawberry.Schema(Query)


@pytest.mark.parametrize("name", NAMES)
async def test_it_can_be_called_anything(name: str) -> None:
    for before in range(12):
        plain = " ".join(f"b{number}: name" for number in range(before))
        query = f"{{ node {{ {plain} {name}: node {{ ...F }} x: node {{ node {{ ...F }} }} }} }} {LONG}"
        expected = await CORE.execute(query)
        assert expected.errors is None
        for _ in range(3):
            found = await ENGINE.execute(query)
            assert (found.data, found.errors) == (expected.data, None)
