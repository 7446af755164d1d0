"""What a change of the schema means to those who ask: found by graphql-core, and weighed by what they have asked."""

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    parse,
    type_from_ast,
    visit,
)
from graphql.utilities import BreakingChange, BreakingChangeType, DangerousChange
from graphql.utilities.find_schema_changes import find_schema_changes

# How graphql-core writes what has changed: Type, Type.field, Type.field(argument:).
_COORDINATE = re.compile(r"(?P<member>(?P<type>\w+)\.\w+)(?P<argument>\(\w+:\))?")
_ADDED = {BreakingChangeType.REQUIRED_ARG_ADDED}


class Kind(Enum):
    """What a change means."""

    BREAKING = "breaking"
    UNUSED = "breaking, but used by no document"
    DANGEROUS = "dangerous"
    SAFE = "safe"


class Change(NamedTuple):
    """A change and what it means."""

    kind: Kind
    description: str


def changes(old: GraphQLSchema, new: GraphQLSchema, documents: Iterable[str] | None) -> list[Change]:
    """Return all changes, those that break first.

    Args:
        old: What clients use now.
        new: What they would use.
        documents: All that clients ask; None: they may ask anything.

    Raises:
        GraphQLError: A document cannot be read.
    """
    used = None if documents is None else _used(old, documents)
    found = [Change(_kind(one, old, used), one.description) for one in find_schema_changes(old, new)]
    return sorted(found, key=lambda one: list(Kind).index(one.kind))


def render(found: Sequence[Change]) -> str:
    """Return changes for people, one a line below what they mean."""
    lines: list[str] = []
    for kind in Kind:
        of_kind = [one.description for one in found if one.kind is kind]
        lines += [f"{kind.value}: {len(of_kind)}", *(f"  {one}" for one in of_kind)]
    return "\n".join(lines)


def _kind(change: Any, old: GraphQLSchema, used: set[str] | None) -> Kind:  # noqa: ANN401  one of graphql-core's three
    if not isinstance(change, BreakingChange):
        return Kind.DANGEROUS if isinstance(change, DangerousChange) else Kind.SAFE
    return Kind.BREAKING if used is None or _is_used(change, old, used) else Kind.UNUSED


def _is_used(change: BreakingChange, old: GraphQLSchema, used: set[str]) -> bool:
    match = _COORDINATE.search(change.description)
    if match is None:
        # A whole type, or a directive.
        words = set(re.findall(r"@?\w+", change.description))
        named = {word for word in words if word.startswith("@")} or words & old.type_map.keys()
        return bool(named & used)
    if not hasattr(old.type_map.get(match["type"]), "interfaces"):
        # Which of an input's fields and of an enum's values variables hold is in no document.
        return match["type"] in used
    is_member = match["argument"] is None or change.type in _ADDED
    return match["member"] + ("" if is_member else match["argument"]) in used


def _used(schema: GraphQLSchema, documents: Iterable[str]) -> set[str]:
    """Return the coordinates of all that documents name, and the names of the types that they touch."""
    used: set[str] = set()
    for text in documents:
        info = TypeInfo(schema)
        visit(parse(text), TypeInfoVisitor(info, _Uses(schema, info, used)))
    return used


class _Uses(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, used: set[str]) -> None:
        super().__init__()
        self._schema = schema
        self._info = info
        self._used = used

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        if parent is not None:
            member = f"{parent.name}.{node.name.value}"
            self._used |= {parent.name, member, *(f"{member}({one.name.value}:)" for one in node.arguments or ())}
        self._add(self._info.get_type())

    def enter_argument(self, _node: ArgumentNode, *_: object) -> None:
        self._add(self._info.get_input_type())

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self._used.add(f"@{node.name.value}")

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        self._add(type_from_ast(self._schema, node.type))

    def enter_inline_fragment(self, _node: InlineFragmentNode, *_: object) -> None:
        self._add(self._info.get_type())

    def enter_fragment_definition(self, _node: FragmentDefinitionNode, *_: object) -> None:
        self._add(self._info.get_type())

    def _add(self, type_: Any) -> None:  # noqa: ANN401  any type, or none
        named = get_named_type(type_)
        if named is not None and named.name not in self._used:
            self._used.add(named.name)
            if isinstance(named, GraphQLInputObjectType):
                for field in named.fields.values():
                    self._add(field.type)
