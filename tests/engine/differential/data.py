"""Generated data: what each field of a few objects gives, which is made anew for each execution."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from graphql import GraphQLError, Undefined

from tests.engine.differential.dice import Dice
from tests.engine.differential.shapes import ENUM, LEAVES, FieldShape, Shape

# Objects of each type.
OBJECTS = 2
# Lengths of lists; long ones of long ones would only take time.
LENGTHS = (0, 1, 1, 2, 2, 3)


class Shade:
    """An enum's value that is an object of its own."""

    def __repr__(self) -> str:
        return "Shade"


BLUE = Shade()


class Text:
    """What String and ID take as text."""

    def __str__(self) -> str:
        return "as text"


class Index:
    """What Int and Float take as a number."""

    def __index__(self) -> int:
        return 5


class Small(int):
    """An integer of a class of its own."""


class Word(str):
    """A string of a class of its own."""

    __slots__ = ()


class CodedError(Exception):
    """An exception with what clients see of it."""

    extensions = {"code": "CODED"}  # noqa: RUF012  graphql-core reads a plain attribute


class NumberedError(Exception):
    """An exception whose message is no text."""

    message = 17


ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: ValueError("broken"),
    lambda: GraphQLError("refused", extensions={"code": "NO"}),
    lambda: GraphQLError("elsewhere", path=["else", 0]),
    lambda: KeyError("key"),
    lambda: CodedError("coded"),
    NumberedError,
    Exception,
)

GOOD: dict[str, tuple[Any, ...]] = {
    "Int": (1, 0, -5, 2**31 - 1),
    "String": ("a", "", "\u2028é"),
    "Float": (0.5, 2, -1e300),
    "Boolean": (True, False),
    "ID": ("id", 12),
    "Odd": ("ok", {"a": [1, None]}, 2**70, 0.25),
    ENUM: ("red", 2, BLUE),
}
WRONG: tuple[Any, ...] = (
    True, 3.0, 3.5, "7", "x", "", 2**31, -(2**31) - 1, 10**400, math.nan, math.inf, -math.inf, b"b", [], {}, (1,),
    Decimal("1.5"), Text(), Index(), Small(4), Word("w"), Undefined, "refuse", "coded", "null", "undefined", len,
)  # fmt: skip
_KEPT: dict[str, Callable[[Iterator[Any]], Any]] = {"list": list, "tuple": tuple, "deque": deque}
CONTAINERS = ("list", "list", "tuple", "deque", "own", "generator", "async", "async generator")


class Record:
    """An object whose fields are attributes."""

    def __repr__(self) -> str:
        return "Record"


class Volatile(Record):
    """An object some of whose attributes raise."""

    def __getattr__(self, name: str) -> Any:
        cell = self.__dict__.get(f"raises {name}")
        if isinstance(cell, Cell):
            return cell.open()
        raise AttributeError(f"no {name}")


class Soon:
    """An awaitable that can be awaited more than once."""

    def __init__(self, open_: Callable[[], Any], turns: int) -> None:
        self._open = open_
        self._turns = turns

    def __await__(self) -> Generator[Any, None, Any]:
        for _ in range(self._turns):
            yield from asyncio.sleep(0).__await__()
        return self._open()

    def __repr__(self) -> str:
        return "Soon"


class Many:
    """Something to iterate over, more than once; ends with an error where there is one."""

    def __init__(self, items: Callable[[], Iterator[Any]]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return self._items()

    def __repr__(self) -> str:
        return "Many"


class ManyLater:
    """The same, asynchronously."""

    def __init__(self, items: Callable[[], AsyncIterator[Any]]) -> None:
        self._items = items

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._items()

    def __repr__(self) -> str:
        return "ManyLater"


@dataclass(frozen=True)
class Value:
    """What a field gives.

    Attributes:
        kind: plain, error (a value), raises, object, items, soon or called (a function where a value is expected).
        of: The plain value; what makes the error; type and number of the object; the items; the value that is awaited
            or returned.
        more: How the items are held and what makes the error at their end; how many turns it takes.
    """

    kind: str
    of: Any
    more: Any = None

    def __repr__(self) -> str:
        if self.kind in ("error", "raises"):
            return f"{self.kind} {self.of()!r}"
        if self.kind == "items":
            return f"{self.more[0]}{list(self.of)!r}{f' then {self.more[1]()!r}' if self.more[1] else ''}"
        return repr(self.of) if self.kind == "plain" else f"{self.kind} {self.of!r}"


class Cell:
    """Holds a value for a resolver, which opens it."""

    def __init__(self, world: "World", value: Value) -> None:
        self._world = world
        self.value = value

    def open(self) -> Any:
        """Return the value, made anew, or raise."""
        return self._world.open(self.value, is_fresh=True)

    def __repr__(self) -> str:
        return "Cell"


@dataclass(frozen=True)
class Instance:
    """One object.

    Attributes:
        kind: Name of its type, or something that is none.
        is_record: Whether its fields are attributes; otherwise it is a dict.
        has_typename: Whether it carries the name as ``__typename``.
        values: By the field's name.
    """

    kind: Any
    is_record: bool
    has_typename: bool
    values: dict[str, Value]


@dataclass(frozen=True)
class Profile:
    """How often something is out of the ordinary, in percent."""

    nulls: int = 0
    faults: int = 0
    awaits: int = 0


PROFILES = (
    Profile(),
    Profile(nulls=3, faults=4),
    Profile(nulls=8, faults=15),
    Profile(awaits=20),
    Profile(nulls=3, faults=5, awaits=15),
    Profile(nulls=1, faults=1, awaits=40),
)


@dataclass(frozen=True)
class Pool:
    """All objects that one execution can meet.

    Attributes:
        instances: Of each object type.
        shape: The schema.
    """

    instances: dict[str, list[Instance]]
    shape: Shape

    def __str__(self) -> str:
        """Describe each object."""
        return "\n".join(
            f"{name}[{number}] {'record' if one.is_record else 'dict'} kind={one.kind!r}"
            f"{' typename' if one.has_typename else ''} {one.values}"
            for name, all_ in self.instances.items()
            for number, one in enumerate(all_)
        )


def draw_pool(dice: Dice, shape: Shape) -> Pool:
    """Draw objects for a schema."""
    drawing = _Drawing(dice, shape, dice.pick(PROFILES))
    roots = ("Query", "Mutation", "Subscription")
    return Pool(
        {name: [drawing.instance(name) for _ in range(1 if name in roots else OBJECTS)] for name in shape.objects},
        shape,
    )


class _Drawing:
    def __init__(self, dice: Dice, shape: Shape, profile: Profile) -> None:
        self._dice = dice
        self._shape = shape
        self._profile = profile

    def instance(self, name: str) -> Instance:
        dice = self._dice
        kind: Any = name
        if dice.chance(self._profile.faults // 2):
            kind = dice.pick(("T0", "Nothing", "Query", "U", "Int", 17, None, ERRORS[0]))
        fields = self._shape.objects[name].fields.items()
        values = {one.name: self._field(one, self._shape.objects[name].type_of(one), way) for one, way in fields}
        return Instance(kind, bool(dice.below(2)), dice.chance(85), values)

    def _field(self, one: FieldShape, type_: str, way: str) -> Value:
        value = self._value(type_, is_awaited=way not in ("async", "batch"))
        return Value("called", value) if way == "default" and (one.arguments or self._dice.chance(10)) else value

    def _value(self, type_: str, *, is_awaited: bool = True) -> Value:
        dice, profile = self._dice, self._profile
        if is_awaited and dice.chance(profile.awaits):
            return Value("soon", self._value(type_, is_awaited=False), dice.below(3))
        if dice.chance(profile.faults):
            return self._fault(type_)
        if dice.chance(profile.nulls if type_.endswith("!") else 10):
            return Value("plain", None)
        type_ = type_.removesuffix("!")
        if type_.startswith("["):
            items = tuple(self._value(type_[1:-1]) for _ in range(dice.pick(LENGTHS)))
            return Value("items", items, (self._container(), self._error_at_end()))
        if type_ in LEAVES:
            return Value("plain", dice.pick(GOOD[type_]))
        return Value("object", (dice.pick(self._shape.possible(type_)), dice.below(OBJECTS)))

    def _container(self) -> str:
        return CONTAINERS[self._dice.below(len(CONTAINERS) if self._profile.awaits else len(CONTAINERS) - 2)]

    def _error_at_end(self) -> Callable[[], Exception] | None:
        return self._dice.pick(ERRORS) if self._dice.chance(self._profile.faults) else None

    def _fault(self, type_: str) -> Value:
        dice = self._dice
        kind = dice.below(4)
        if kind < 2:
            return Value(("error", "raises")[kind], dice.pick(ERRORS))
        if kind == 3 and type_.strip("[]!") not in LEAVES:
            return Value("object", (dice.pick(list(self._shape.objects)[:-3]), dice.below(OBJECTS)))
        return Value("plain", dice.pick(WRONG))


class World:
    """The objects of a pool, for one execution.

    Attributes:
        calls: What was asked of resolvers: field, path, arguments and what else they were told.
        root: The root value.

    Args:
        pool: The pool.
        root: Name of the operation's root type.
    """

    def __init__(self, pool: Pool, root: str) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._pool = pool
        self._known: dict[tuple[str, int], Any] = {}
        self.root = self.instance(root, 0)

    def instance(self, name: str, number: int) -> Any:
        """Return one object, the same whenever it is asked for."""
        known = self._known.get((name, number))
        return self._build(name, number) if known is None else known

    def open(self, value: Value, *, is_fresh: bool) -> Any:
        """Return a value, or raise."""
        if value.kind == "raises":
            raise value.of()
        return self.make(value, is_fresh=is_fresh)

    def make(self, value: Value, *, is_fresh: bool = False) -> Any:
        """Return a value; where it is not made anew for each use, it can be used more than once."""
        if value.kind == "plain":
            return value.of
        if value.kind == "object":
            return self.instance(*value.of)
        if value.kind == "items":
            return self._items(value, is_fresh=is_fresh)
        if value.kind == "soon":
            return Soon(partial(self.open, value.of, is_fresh=is_fresh), value.more)
        if value.kind == "called":
            return self._function(Cell(self, value.of))
        return value.of()

    def _build(self, name: str, number: int) -> Any:
        one = self._pool.instances[name][number]
        fields = {of.name: way for of, way in self._pool.shape.objects[name].fields.items()}
        if one.is_record:
            raising = any(value.kind == "raises" and fields[key] == "read" for key, value in one.values.items())
            record = Volatile() if raising else Record()
            self._known[name, number] = record
            target = record.__dict__
        else:
            target = self._known[name, number] = {}
        target["kind"] = one.kind
        if one.has_typename:
            target["_Record__typename" if one.is_record else "__typename"] = one.kind
        for key, value in one.values.items():
            if fields[key] in ("sync", "async", "batch"):
                target[key] = Cell(self, value)
            elif value.kind != "raises":
                target[key] = self.make(value)
            elif fields[key] == "read":
                target[f"raises {key}"] = Cell(self, value)
            else:
                target[key] = self._function(Cell(self, value))
        return self._known[name, number]

    def _function(self, cell: Cell) -> Callable[..., Any]:
        def called(info: Any, **arguments: Any) -> Any:
            self.note("called", info, arguments)
            return cell.open()

        return called

    def note(self, way: str, info: Any, arguments: dict[str, Any]) -> None:
        """Write down a call with all that the resolver was told."""
        told = (info.parent_type.name, info.field_name, str(info.return_type), len(info.field_nodes))
        self.calls.append((way, *told, tuple(info.path.as_list()), repr(arguments), info.root_value is self.root))

    def _items(self, value: Value, *, is_fresh: bool) -> Any:
        held, error = value.more

        def items() -> Iterator[Any]:
            for item in value.of:
                yield self.make(item)
            if error is not None:
                raise error()

        async def items_later() -> AsyncIterator[Any]:
            for item in value.of:
                if item.kind == "soon":
                    await asyncio.sleep(0)
                yield self.make(item)
            if error is not None:
                raise error()

        if held.startswith("async"):
            return items_later() if held == "async generator" and is_fresh else ManyLater(items_later)
        if held == "generator" and is_fresh:
            return items()
        return Many(items) if error is not None or held not in _KEPT else _KEPT[held](items())


def pause(turns: int) -> Awaitable[None]:
    """Let the event loop take so many turns."""
    return Soon(lambda: None, turns)
