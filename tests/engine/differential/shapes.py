"""Generated schemas, as data: which types there are, and how each field is resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.engine.differential.dice import Dice

SCALARS = ("Int", "String", "Float", "Boolean", "ID")
ENUM = "Color"
CUSTOM = "Odd"
LEAVES = (*SCALARS, ENUM, CUSTOM)
# How a type stands in its wrappers; the first are the most frequent.
WRAPPERS = ("{}", "{}!", "{}", "[{}]", "[{}!]", "[{}!]!", "[{}]!", "[[{}]]", "[[{}!]!]!", "[[{}]!]")
# Name, type and default of each argument that a field may have, as in SDL.
ARGUMENTS = (
    ("number", "Int", "7"),
    ("text", "String!", ""),
    ("color", "Color", "GREEN"),
    ("all", "[Int!]", ""),
    ("where", "Where", ""),
    ("odd", "Odd", ""),
    ("whole", "Where!", '{size: 1, deep: {size: 2}, tags: ["a"]}'),
    ("flag", "Boolean!", "true"),
)
# "default" is graphql-core's own resolver, "read" is what Strawberry does for a plain attribute.
WAYS = ("default", "sync", "async", "read", "batch")
# How an abstract type finds out which type a value has.
RESOLUTIONS = ("typename", "resolve_type", "async resolve_type", "is_type_of", "async is_type_of")


@dataclass(frozen=True)
class FieldShape:
    """A field that any type may have; a name means the same everywhere, so that selections can be merged.

    Attributes:
        name: Its name.
        type: Its type, as in SDL.
        arguments: Rows of ``ARGUMENTS``.
    """

    name: str
    type: str
    arguments: tuple[tuple[str, str, str], ...] = ()

    @property
    def named(self) -> str:
        """The type without its wrappers."""
        return self.type.strip("[]!")


@dataclass
class ObjectShape:
    """An object type.

    Attributes:
        name: Its name.
        fields: Each field and how it is resolved here.
        interfaces: What it implements.
        checks: How ``is_type_of`` answers: not at all (empty), "sync" or "async".
        stricter: Names of fields that are nullable in an interface and required here.
    """

    name: str
    fields: dict[FieldShape, str] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    checks: str = ""
    stricter: set[str] = field(default_factory=set)

    def type_of(self, one: FieldShape) -> str:
        """The field's type here."""
        return f"{one.type}!" if one.name in self.stricter else one.type


@dataclass
class Shape:
    """A schema.

    Attributes:
        objects: Object types by name; ``Query``, ``Mutation`` and ``Subscription`` are the roots.
        interfaces: The fields of each interface.
        unions: The members of each union.
        resolutions: How each abstract type is resolved.
    """

    objects: dict[str, ObjectShape] = field(default_factory=dict)
    interfaces: dict[str, list[FieldShape]] = field(default_factory=dict)
    unions: dict[str, list[str]] = field(default_factory=dict)
    resolutions: dict[str, str] = field(default_factory=dict)

    def possible(self, name: str) -> list[str]:
        """The object types that a value of a composite type can have."""
        if name in self.objects:
            return [name]
        if name in self.unions:
            return self.unions[name]
        return [one.name for one in self.objects.values() if name in one.interfaces]

    def fields(self, name: str) -> list[FieldShape]:
        """The fields that can be selected on a type."""
        return list(self.objects[name].fields) if name in self.objects else self.interfaces.get(name, [])

    def __str__(self) -> str:
        """Describe the schema as SDL with each field's way of being resolved."""
        lines = [f"union {name} = {' | '.join(of)}  # {self.resolutions[name]}" for name, of in self.unions.items()]
        for name, fields in self.interfaces.items():
            inside = ", ".join(f"{_signature(one)}: {one.type}" for one in fields)
            lines.append(f"interface {name} {{ {inside} }}  # {self.resolutions[name]}")
        for one in self.objects.values():
            implements = f" implements {' & '.join(one.interfaces)}" if one.interfaces else ""
            inside = ", ".join(f"{_signature(of)}: {one.type_of(of)} <{way}>" for of, way in one.fields.items())
            lines.append(f"type {one.name}{implements} {{ {inside} }}  # is_type_of: {one.checks or 'none'}")
        return "\n".join(lines)


def draw_shape(dice: Dice) -> Shape:
    """Draw a schema."""
    shape = Shape()
    names = [f"T{number}" for number in range(1 + dice.below(3))]
    abstract = [f"I{number}" for number in range(dice.below(3))] + ["U"][: dice.below(2)]
    table = _draw_table(dice, names, abstract)
    for name in abstract:
        shape.resolutions[name] = dice.pick(RESOLUTIONS)
        if name.startswith("I"):
            shape.interfaces[name] = dice.some(table, least=1)
    for name in [*names, "Query", "Mutation", "Subscription"]:
        shape.objects[name] = _draw_object(dice, shape, name, table)
    if "U" in abstract:
        shape.unions["U"] = dice.some(names, least=1)
    for name in shape.interfaces:
        if not shape.possible(name):
            _implement(dice, shape.objects[names[0]], name, shape.interfaces[name])
    for name, resolution in shape.resolutions.items():
        if resolution.endswith("is_type_of"):
            for member in shape.possible(name):
                shape.objects[member].checks = "async" if resolution.startswith("async") else "sync"
    return shape


def _draw_table(dice: Dice, names: list[str], abstract: list[str]) -> list[FieldShape]:
    composites = names + abstract
    table = [FieldShape("plain", "Int")]
    for number in range(2 + dice.below(5)):
        named = dice.pick(LEAVES) if number % 2 else dice.pick(composites)
        arguments = tuple(dice.some(ARGUMENTS)) if dice.chance(30) else ()
        table.append(FieldShape(f"f{number}", dice.pick(WRAPPERS).format(named), arguments))
    return table


def _draw_object(dice: Dice, shape: Shape, name: str, table: list[FieldShape]) -> ObjectShape:
    is_root = name in ("Query", "Mutation", "Subscription")
    one = ObjectShape(name, {of: _draw_way(dice, of) for of in dice.some(table, least=2 if is_root else 1)})
    for interface, fields in shape.interfaces.items():
        if not is_root and dice.below(2):
            _implement(dice, one, interface, fields)
    if not is_root and dice.chance(15):
        one.checks = dice.pick(("sync", "async"))
    return one


def _implement(dice: Dice, one: ObjectShape, interface: str, fields: list[FieldShape]) -> None:
    one.interfaces.append(interface)
    for of in fields:
        one.fields.setdefault(of, _draw_way(dice, of))
        if not of.type.endswith("!") and dice.chance(15):
            one.stricter.add(of.name)


def _draw_way(dice: Dice, of: FieldShape) -> str:
    # A plain attribute takes no arguments; a batch field's are its resolver's parameters, which are not made here.
    return WAYS[dice.below(len(WAYS) - 2 * bool(of.arguments))] if dice.chance(60) else WAYS[0]


def _signature(one: FieldShape) -> str:
    rows = [f"{name}: {type_}{default and f' = {default}'}" for name, type_, default in one.arguments]
    return f"{one.name}({', '.join(rows)})" if rows else one.name


def defaults(one: FieldShape) -> Mapping[str, str]:
    """Return the defaults of a field's arguments."""
    return {name: default for name, _, default in one.arguments if default}
