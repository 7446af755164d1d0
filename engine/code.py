"""From a plan to Python: one function per resolved field, which completes its values for all parents.

The functions hold no call per field: attributes are read, checked and put into a dict where the source says so. What
a check does not expect goes to ``values``, one value at a time, and nothing is done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, Flag
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNamedOutputType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
)

from engine.plan import Field, Kind, Plan, Position, Selection, Way
from engine.values import complete, is_object, items, leaf

# Python allows twenty blocks inside one another; an object that lies deeper gets a function of its own.
MAX_DEPTH = 12
# A selection that stands in several places is written out in each when it has no more fields than this in all.
MAX_REPEATED = 12

# What a checked value must not be, for the scalars whose values are JSON already.
_UNFIT = {
    "text": "type({0}) is not str",
    "boolean": "{0} is not True and {0} is not False",
    "int": "type({0}) is not int or not -2147483648 <= {0} <= 2147483647",
    "float": "type({0}) is not float or {0} - {0} != 0.0",
}


def compile_plan(plan: Plan, trusted: dict[GraphQLObjectType, set[type]]) -> str:
    """Give a plan's fields and selections compiled functions in place of interpreted ones.

    Args:
        plan: The plan.
        trusted: Classes whose objects are known to be of a type.

    Returns:
        The Python that it was compiled to, for people; the plan does not keep it.
    """
    writer = _Writer(trusted)
    fields = [field for field in plan.fields if field.resolved or field in plan.root.fields]
    fields = [field for field in fields if field.way is not Way.TYPENAME]
    for field in fields:
        writer.field(field)
    selections = writer.write_selections()
    source = writer.source()
    names: dict[str, Any] = writer.names
    # The source is made of numbers and of names that the schema and the parsed document have checked.
    exec(compile(source, "<plan>", "exec"), names)  # noqa: S102
    for field in fields:
        field.complete = names[f"complete_{field.number}"]
    for selection in selections:
        selection.build = names[f"build_{selection.number}"]
    plan.code_size = len(source)
    return source


class _Writer:
    """Writes the functions of one plan."""

    def __init__(self, trusted: dict[GraphQLObjectType, set[type]]) -> None:
        self.names: dict[str, Any] = {"complete": complete, "is_object": is_object, "items": items, "leaf": leaf}
        self._known: dict[tuple[str, int], str] = {}
        self._trusted = trusted
        self._lines: list[str] = []
        self._indent = 0
        self._variables = 0
        self._functions: dict[Selection, None] = {}
        # The lists of parents and targets of the function that is being written; None: it puts them in one by one.
        self._lists: dict[Field, tuple[str, str]] | None = None

    def source(self) -> str:
        """Return what was written."""
        return "\n".join(self._lines) + "\n"

    def field(self, field: Field) -> None:
        """Write the function that completes a field."""
        if field.position is None:
            return
        start = len(self._lines)
        self._lists = {}
        self._line(f"def complete_{field.number}(run, values, targets):")
        with self._block():
            self._line(f'"""{field}: {field.definition.type}."""')
            body = len(self._lines)
            self._line("for value, target in zip(values, targets):")
            with self._block():
                self._complete(field.position, "value")
                self._line(f"target[{field.key!r}] = value")
            lists = [f"    {parents} = []; {targets} = []" for parents, targets in self._lists.values()]
            self._lines[body:body] = lists
            for resolved, (parents, targets) in self._lists.items():
                self._line(f"if {parents}:")
                with self._block():
                    self._line(f"run.enqueue_all({self._name('F', resolved)}, {parents}, {targets})")
        self._lists = None
        self._lines[start:start] = ["", ""] if start else []

    def write_selections(self) -> list[Selection]:
        """Write the functions of the selections that are not written out where they stand, and return these."""
        written: list[Selection] = []
        while len(written) < len(self._functions):
            selection = list(self._functions)[len(written)]
            written.append(selection)
            self._lines += ["", ""]
            self._line(f"def build_{selection.number}(run, value):")
            with self._block():
                self._line(f'"""One {selection.type.name}."""')
                self._build(selection, "value")
                self._line("return value")
        return written

    def _complete(self, position: Position, value: str) -> None:
        """Write statements that complete the value of a variable in place."""
        if position.kind is Kind.LEAF:
            self._leaf(position, value)
        elif position.item is not None:
            self._list(position, position.item, value)
        elif position.kind is Kind.OBJECT:
            self._object(position, value)
        else:
            # Which type each value is of can only be seen one by one.
            self._line(f"{value} = complete(run, {self._place(position)}, {value})")
            for selection in position.field.selections.values():
                self._functions[selection] = None

    def _leaf(self, position: Position, value: str) -> None:
        place = self._place(position)
        names = _enum_names(position.type)
        if names is not None:
            class_ = type(next(iter(names)))
            self._line(f"if type({value}) is {self._name('E', class_)}:")
            with self._block():
                self._line(f"{value} = {self._constant('N', id(position.type), names)}[{value}]")
            self._line("else:" if position.required else f"elif {value} is not None:")
        else:
            unfit = _UNFIT[kind].format(value) if (kind := _scalar_kind(position.type)) else ""
            if position.required:
                self._line(f"if {unfit or 'True'}:")
            else:
                self._line(f"if {value} is not None and ({unfit}):" if unfit else f"if {value} is not None:")
        with self._block():
            self._line(f"{value} = leaf(run, {place}, {value})")

    def _list(self, position: Position, item_position: Position, value: str) -> None:
        self._line(f"if type({value}) is not list and type({value}) is not tuple:")
        with self._block():
            self._line(f"{value} = items(run, {self._place(position)}, {value})")
        self._line(f"if type({value}) is list or type({value}) is tuple:")
        with self._block():
            found, item = self._variable("found"), self._variable("item")
            self._line(f"{found} = []")
            self._line(f"for {item} in {value}:")
            with self._block():
                self._complete(item_position, item)
                self._line(f"{found}.append({item})")
            self._line(f"{value} = {found}")

    def _object(self, position: Position, value: str) -> None:
        selection = position.field.selections[position.type.name]
        trusted = self._trusted.setdefault(selection.type, set())
        classes = self._constant("C", id(trusted), trusted)
        if not position.required:
            self._line(f"if {value} is None:")
            with self._block():
                self._line("pass")
        test = "if" if position.required else "elif"
        self._line(f"{test} type({value}) in {classes} or is_object(run, {self._place(position)}, {value}):")
        with self._block():
            if self._written_out(selection):
                self._build(selection, value)
            else:
                self._functions[selection] = None
                self._line(f"{value} = build_{selection.number}(run, {value})")
        self._line("else:")
        with self._block():
            self._line(f"{value} = run.instead")

    def _build(self, selection: Selection, source: str) -> None:
        """Write statements that replace an object by its response."""
        entries: list[str] = []
        resolved: list[Field] = []
        for field in selection.fields:
            if field.way is Way.TYPENAME:
                entries.append(f"{field.key!r}: {selection.type.name!r}")
            elif field.way is Way.READ and field.position is not None:
                value = self._variable(field.key)
                self._line("try:")
                with self._block():
                    self._line(f"{value} = {source}.{field.attribute}")
                self._line("except Exception as error:")
                with self._block():
                    self._line(f"{value} = error")
                self._complete(field.position, value)
                entries.append(f"{field.key!r}: {value}")
            else:
                resolved.append(field)
                entries.append(f"{field.key!r}: None")
        if resolved:
            self._line(f"source = {source}")
        self._line(f"{source} = {{{', '.join(entries)}}}")
        for field in resolved:
            if self._lists is None:
                self._line(f"run.enqueue({self._name('F', field)}, source, {source})")
            else:
                parents, targets = self._lists.setdefault(field, (f"parents{field.number}", f"targets{field.number}"))
                self._line(f"{parents}.append(source); {targets}.append({source})")

    def _written_out(self, selection: Selection) -> bool:
        if self._indent > MAX_DEPTH:
            return False
        return selection.uses == 1 or _weight(selection, MAX_REPEATED) <= MAX_REPEATED

    def _place(self, position: Position) -> str:
        return self._constant("P", position.number, position)

    def _name(self, prefix: str, value: Any) -> str:  # noqa: ANN401  a field or a class
        return self._constant(prefix, value.number if isinstance(value, Field) else id(value), value)

    def _constant(self, prefix: str, key: int, value: object) -> str:
        """Return the name under which the functions find an object."""
        name = self._known.get((prefix, key))
        if name is None:
            name = self._known[prefix, key] = f"{prefix}{key if prefix in 'PF' else len(self._known)}"
            self.names[name] = value
        return name

    def _variable(self, stem: str) -> str:
        self._variables += 1
        return f"{stem}_{self._variables}"

    def _line(self, text: str) -> None:
        self._lines.append("    " * self._indent + text)

    @contextmanager
    def _block(self) -> Iterator[None]:
        self._indent += 1
        yield
        self._indent -= 1


def _weight(selection: Selection, limit: int) -> int:
    """Return how many fields a selection has in all; more than the limit where a resolver stands between them."""
    total = len(selection.fields)
    for field in selection.fields:
        if field.resolved or total > limit:
            return limit + 1
        total += sum(_weight(child, limit) for child in field.selections.values())
    return total


def _scalar_kind(type_: GraphQLNamedOutputType) -> str | None:
    """Return how a scalar's values can be recognised that need no coercion; None where only the scalar knows."""
    if not isinstance(type_, GraphQLScalarType):
        return None
    coerce = type_.coerce_output_value
    if coerce in (str, GraphQLString.coerce_output_value, GraphQLID.coerce_output_value):
        return "text"
    if coerce == GraphQLInt.coerce_output_value:
        return "int"
    if coerce == GraphQLFloat.coerce_output_value:
        return "float"
    return "boolean" if coerce == GraphQLBoolean.coerce_output_value else None


def _enum_names(type_: GraphQLNamedOutputType) -> dict[Enum, str] | None:
    """Return the names of a Python enum's members; None where the values are something else."""
    class_ = getattr(type_, "wrapped_cls", None)
    if not isinstance(type_, GraphQLEnumType) or not isinstance(class_, type) or not issubclass(class_, Enum):
        return None
    if issubclass(class_, Flag) or not len(class_):
        return None
    try:
        return {member: type_.coerce_output_value(member) for member in class_}
    except Exception:  # noqa: BLE001  an enum that cannot be written down beforehand is looked up value by value
        return None
