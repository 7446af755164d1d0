"""Generated operations, valid by construction, as text with sets of variables."""

import re
from dataclasses import dataclass
from typing import Any

from tests.engine.differential.dice import Dice
from tests.engine.differential.shapes import ENUM, LEAVES, FieldShape, Shape, defaults

MAX_DEPTH = 4
MAX_FIELDS = 14
# Fields of the input type, as in SDL.
WHERE = {"size": "Int", "tags": "[String!]", "deep": "Where", "color": "Color", "odd": "Odd"}

_LITERALS: dict[str, tuple[str, ...]] = {
    "Int": ("0", "7", "-3", "2147483647"),
    "Float": ("1.5", "3", "-0.0", "1e300"),
    "String": ('"a"', '""', '"é\\n\\"q\\""', '"""block"""'),
    "Boolean": ("true", "false"),
    "ID": ('"x"', "5"),
    "Odd": ('"ok"', "7", '{a: [1, "b", RED], c: null}', "[1.5, true]"),
    ENUM: ("RED", "GREEN", "BLUE"),
}
_VALUES: dict[str, tuple[Any, ...]] = {
    "Int": (0, 7, -3, 2147483647, 3.0),
    "Float": (1.5, 3, -2, 1e300),
    "String": ("a", "", "é\n"),
    "Boolean": (True, False),
    "ID": ("x", 5),
    "Odd": ("ok", 7, {"a": [1, None]}, [True]),
    ENUM: ("RED", "GREEN", "BLUE"),
}
_WRONG = ({"no": 1}, [None], "nothing", 1.5, True, float("nan"), 2**40, None)


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        text: The document.
        operation_name: Which of its operations; None where it has one.
        kind: query, mutation or subscription.
        variables: Sets of values for its variables.
    """

    text: str
    operation_name: str | None
    kind: str
    variables: tuple[dict[str, Any], ...]


def draw_document(dice: Dice, shape: Shape, kind: str) -> Document:
    """Draw a document with one operation of a kind that counts, and sometimes another that does not."""
    return _Writer(dice, shape).document(kind)


class _Writer:
    """Writes one document.

    A response key is the field's name, with a suffix that stands for its arguments and for a type on which it is
    declared otherwise: so nothing that is merged can be in conflict.
    """

    def __init__(self, dice: Dice, shape: Shape) -> None:
        self._dice = dice
        self._shape = shape
        self._fields = 0
        self._suffixes: dict[tuple[str, str], str] = {}
        self._variables: dict[str, tuple[str, str]] = {}
        self._fragments: list[tuple[str, str, str]] = []

    def document(self, kind: str) -> Document:
        """Return the document."""
        dice = self._dice
        composites = [*self._shape.resolutions, *(name for name in self._shape.objects if name.startswith("T"))]
        # A fragment spreads only those that were written before it, so there are no cycles.
        for number in range(dice.below(4)):
            on = "Query" if kind == "query" and dice.chance(20) else dice.pick(composites)
            self._fragments.append((f"F{number}", on, self._selections(on, MAX_DEPTH - 2)))
        root = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}[kind]
        body = self._root_field(root) if kind == "subscription" else self._selections(root, MAX_DEPTH)
        fragments = self._reached(body)
        used = set(re.findall(r"\$(\w+)", " ".join([body, *fragments])))
        self._variables = {name: row for name, row in self._variables.items() if name in used}
        is_named = dice.chance(20)
        texts = [f"{kind}{' Chosen' if is_named else ''}{self._declarations()} {body}", *fragments]
        if is_named:
            texts.append("query Other { __typename }")
        sets = tuple(self._values() for _ in range(1 + dice.below(2)))
        return Document("\n".join(texts), "Chosen" if is_named else None, kind, sets)

    def _root_field(self, root: str) -> str:
        one = self._dice.pick(self._shape.fields(root))
        return f"{{ {self._field(root, one, MAX_DEPTH - 1, conditions=False)} }}"

    def _selections(self, on: str, depth: int) -> str:
        dice = self._dice
        parts = []
        for _ in range(1 + dice.below(4)):
            kind = dice.below(10)
            part = self._inline(on, depth) if kind == 8 and depth > 0 else self._spread(on) if kind == 9 else ""
            parts.append(part or self._any_field(on, depth))
        return f"{{ {' '.join(parts)} }}"

    def _any_field(self, on: str, depth: int) -> str:
        fields = self._shape.fields(on)
        if depth <= 0 or self._fields >= MAX_FIELDS:
            fields = [one for one in fields if one.named in LEAVES]
        if not fields or self._dice.chance(8):
            return f"{self._dice.pick(('', 'kind: ', 'again: '))}__typename{self._conditions()}"
        self._fields += 1
        return self._field(on, self._dice.pick(fields), depth)

    def _field(self, on: str, one: FieldShape, depth: int, *, conditions: bool = True) -> str:
        arguments = self._arguments(one)
        strict = on if on in self._shape.objects and one.name in self._shape.objects[on].stricter else ""
        key = (arguments, strict)
        suffix = "" if key == ("", "") else self._suffixes.setdefault(key, f"_{len(self._suffixes)}")
        if self._dice.chance(10):
            suffix += "_x"
        alias = f"{one.name}{suffix}: " if suffix else ""
        condition = self._conditions() if conditions else ""
        inside = "" if one.named in LEAVES else f" {self._selections(one.named, depth - 1)}"
        return f"{alias}{one.name}{arguments}{condition}{inside}"

    def _inline(self, on: str, depth: int) -> str:
        if self._dice.chance(25):
            return f"...{self._conditions()} {self._selections(on, depth - 1)}"
        overlapping = [name for name in self._composites() if self._overlap(on, name)]
        name = self._dice.pick(overlapping)
        return f"... on {name}{self._conditions()} {self._selections(name, depth - 1)}"

    def _spread(self, on: str) -> str:
        fitting = [name for name, of, _ in self._fragments if self._overlap(on, of)]
        if not fitting:
            return ""
        name = self._dice.pick(fitting)
        return f"...{name}{self._conditions()}"

    def _reached(self, text: str) -> list[str]:
        """Return the fragments that a text spreads, and those that they spread; each spreads only earlier ones."""
        found = []
        for name, on, inside in reversed(self._fragments):
            if f"...{name}" in text:
                text += inside
                found.append(f"fragment {name} on {on} {inside}")
        return found

    def _composites(self) -> list[str]:
        return [*self._shape.objects, *self._shape.resolutions]

    def _overlap(self, one: str, other: str) -> bool:
        return not set(self._shape.possible(one)).isdisjoint(self._shape.possible(other))

    def _conditions(self) -> str:
        if not self._dice.chance(15):
            return ""
        found = self._dice.pick(("@include", "@skip", "@include @skip")).split()
        return "".join(f" {name}(if: {self._literal('Boolean!', variables=60)})" for name in found)

    def _arguments(self, one: FieldShape) -> str:
        if not one.arguments:
            return ""
        given = []
        for name, type_, default in one.arguments:
            if (type_.endswith("!") and not default) or self._dice.below(2):
                given.append(f"{name}: {self._literal(type_, has_default=name in defaults(one))}")
        return f"({', '.join(given)})" if given else ""

    def _literal(self, type_: str, *, has_default: bool = False, variables: int = 30) -> str:
        dice = self._dice
        if dice.chance(variables):
            return self._variable(type_, has_default=has_default)
        if not type_.endswith("!") and dice.chance(10):
            return "null"
        type_ = type_.removesuffix("!")
        if type_.startswith("["):
            items = [self._literal(type_[1:-1], variables=min(variables, 10)) for _ in range(dice.below(3))]
            # One item may stand for a list of one, unless it is a variable.
            is_bare = len(items) == 1 and not items[0].startswith("$") and dice.chance(50)
            return items[0] if is_bare else f"[{', '.join(items)}]"
        if type_ == "Where":
            chosen = dice.some(list(WHERE.items())) if dice.chance(70) else []
            return (
                f"{{{', '.join(f'{name}: {self._literal(of, variables=min(variables, 10))}' for name, of in chosen)}}}"
            )
        return dice.pick(_LITERALS[type_])

    def _variable(self, type_: str, *, has_default: bool) -> str:
        dice = self._dice
        known = [name for name, (of, _) in self._variables.items() if of == type_]
        if known and dice.below(2):
            return f"${dice.pick(known)}"
        name = f"v{len(self._variables)}"
        nullable = type_.removesuffix("!")
        # A nullable variable may stand in a required place that has a default or where it has one itself.
        declared, default = type_, ""
        if dice.chance(30):
            declared, default = nullable, self._constant(f"{nullable}!")
        elif type_.endswith("!") and has_default and dice.below(2):
            declared = nullable
        elif dice.chance(20):
            declared = f"{nullable}!"
        self._variables[name] = (declared, default)
        return f"${name}"

    def _constant(self, type_: str) -> str:
        return self._literal(type_, variables=0) if not _holds_where(type_) else "{size: 9}"

    def _declarations(self) -> str:
        rows = [f"${name}: {of}{default and f' = {default}'}" for name, (of, default) in self._variables.items()]
        return f"({', '.join(rows)})" if rows else ""

    def _values(self) -> dict[str, Any]:
        dice = self._dice
        values: dict[str, Any] = {}
        for name, (type_, default) in self._variables.items():
            is_optional = bool(default) or not type_.endswith("!")
            if is_optional and dice.chance(20):
                continue
            values[name] = dice.pick(_WRONG) if dice.chance(3) else self._value(type_)
        return values

    def _value(self, type_: str) -> Any:
        dice = self._dice
        if not type_.endswith("!") and dice.chance(10):
            return None
        type_ = type_.removesuffix("!")
        if type_.startswith("["):
            return [self._value(type_[1:-1]) for _ in range(dice.below(3))]
        if type_ == "Where":
            chosen = dice.some(list(WHERE.items())) if dice.chance(70) else []
            return {name: self._value(of) for name, of in chosen}
        return dice.pick(_VALUES[type_])


def _holds_where(type_: str) -> bool:
    return "Where" in type_
