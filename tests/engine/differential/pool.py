"""Generated data: what each field of a few objects gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.engine.differential.dice import Dice
from tests.engine.differential.shapes import LEAVES, FieldShape, Shape
from tests.engine.differential.values import ERRORS, GOOD, WRONG, Value

# Objects of each type.
OBJECTS = 2
# Lengths of lists; long ones of long ones would only take time.
LENGTHS = (0, 1, 1, 2, 2, 3)
CONTAINERS = ("list", "list", "tuple", "deque", "own", "generator", "async", "async generator")


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
