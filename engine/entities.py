"""Entities of a federated graph, which other subgraphs refer to by a key: those of one type are found together.

Source: Apollo's subgraph specification (specs.apollo.dev/federation).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    parse,
)
from graphql.execution.values import VariableValues
from strawberry import UNSET
from strawberry.federation.schema_directives import External, Key
from strawberry.federation.types import FieldSet
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from engine.directives import BACKREF
from engine.groups import Answers, fill
from engine.plan import Field

# (keys, context) → one value, exception or None per key, in their order; at once or awaited. A key is what a
# representation says of the key's fields, checked by their types, and of the type's ``@external`` leaves.
ReferenceResolver: TypeAlias = Callable[[Sequence[Mapping[str, Any]], Any], Answers]


# The fields of a subgraph's Query that routers ask.
ENTITIES = "_entities"
SERVICE = "_service"


class RepresentationError(Exception):
    """A representation that names nothing that could be looked for."""


class BatchKey(Key):
    """A ``@key`` by which entities are found, all of a request together."""

    resolver: ReferenceResolver


def batch_key(fields: str, resolver: ReferenceResolver) -> BatchKey:
    """Declare a key of a type: ``@strawberry.federation.type(keys=[batch_key("id", products_of_ids)])``.

    Args:
        fields: The key's fields, as ``@key`` has them, such as ``id`` or ``sku variation { id }``.
        resolver: Finds entities. An exception among its values is the error of that entity alone.
    """
    key = BatchKey(fields=FieldSet(fields), resolvable=UNSET)
    key.resolver = resolver
    return key


@dataclass(frozen=True)
class _Part:
    """A field of a key: a leaf with the type that checks it, or an object with parts of its own."""

    name: str
    leaf: Any
    parts: "tuple[_Part, ...]"


@dataclass(frozen=True, eq=False)
class _Reference:
    """One way to refer to entities of a type."""

    parts: tuple[_Part, ...]
    external: tuple[_Part, ...]
    resolver: ReferenceResolver

    def key(self, representation: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what a representation says of this key; None where it has another."""
        if len(self.parts) == 1 and not self.external and self.parts[0].leaf is not None:
            (part,) = self.parts
            value = representation.get(part.name)
            return None if value is None else {part.name: _leaf(part.leaf, value)}
        if not _has(self.parts, representation):
            return None
        given = [one for one in self.external if one.name in representation]
        return _taken((*self.parts, *given), representation)


class Entities:
    """Answers ``_entities``.

    Args:
        schema: A built schema of Strawberry, with ``BatchKey`` on its entities.

    Attributes:
        resolvers: What finds entities, of all types.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._references = {
            name: references
            for name, type_ in schema.type_map.items()
            if isinstance(type_, GraphQLObjectType) and (references := _references(type_))
        }
        self.resolvers = [one.resolver for references in self._references.values() for one in references]

    def resolve(self, representations: Sequence[object], context: object) -> Answers:
        """Return what each representation refers to, in their order, and ``RepresentationError`` for a bad one."""
        results: list[Any] = [None] * len(representations)
        groups: dict[_Reference, tuple[list[int], list[Mapping[str, Any]]]] = {}
        for place, representation in enumerate(representations):
            try:
                reference, key = self._read(representation)
            except RepresentationError as error:
                results[place] = error
                continue
            places, keys = groups.setdefault(reference, ([], []))
            places.append(place)
            keys.append(key)
        return fill(
            results,
            [(places, partial(reference.resolver, keys, context)) for reference, (places, keys) in groups.items()],
        )

    def _read(self, representation: object) -> tuple[_Reference, Mapping[str, Any]]:
        name = representation.get("__typename") if isinstance(representation, dict) else None
        references = self._references.get(name) if isinstance(name, str) else None
        if references is None or not isinstance(representation, dict):
            raise RepresentationError("The representation names no entity.")
        for reference in references:
            key = reference.key(representation)
            if key is not None:
                return reference, key
        raise RepresentationError("The representation has no key of its entity.")


def representations(field: Field, variables: VariableValues) -> int:
    """Return how many entities ``_entities`` is asked for, without a look at any of them."""
    for argument in field.details[0].node.arguments or ():
        value: Any = argument.value
        if isinstance(value, VariableNode):
            value = variables.coerced.get(value.name.value)
        listed = value.values if isinstance(value, ListValueNode) else value
        return len(listed) if isinstance(listed, Sequence) else 1
    return 0


def _references(type_: GraphQLObjectType) -> list[_Reference]:
    definition = type_.extensions.get(BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return []
    external = tuple(
        _Part(name, leaf, ())
        for name, field in type_.fields.items()
        if is_leaf_type(leaf := get_nullable_type(field.type)) and _is_external(field.extensions.get(BACKREF))
    )
    return [
        _Reference(_parts(type_, key.fields), external, key.resolver)
        for key in definition.directives or ()
        if isinstance(key, BatchKey)
    ]


def _is_external(field: object) -> bool:
    return isinstance(field, StrawberryField) and any(isinstance(one, External) for one in field.directives)


def _parts(type_: GraphQLObjectType, fields: object) -> tuple[_Part, ...]:
    operation: Any = parse(f"{{ {fields} }}").definitions[0]
    return _parts_of(type_, operation.selection_set)


def _parts_of(type_: GraphQLObjectType, selections: SelectionSetNode) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    for node in selections.selections:
        if not isinstance(node, FieldNode):
            raise TypeError(f"a key of {type_.name} must be made of fields")
        named: Any = get_named_type(type_.fields[node.name.value].type)
        if node.selection_set is None:
            parts.append(_Part(node.name.value, named, ()))
        else:
            parts.append(_Part(node.name.value, None, _parts_of(named, node.selection_set)))
    return tuple(parts)


def _has(parts: Sequence[_Part], given: object) -> bool:
    return isinstance(given, dict) and all(
        given.get(part.name) is not None and (not part.parts or _has(part.parts, given[part.name])) for part in parts
    )


def _taken(parts: Sequence[_Part], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is given of these parts, and nothing else."""
    return {
        part.name: _taken(part.parts, given[part.name]) if part.parts else _leaf(part.leaf, given[part.name])
        for part in parts
    }


def _leaf(type_: Any, value: object) -> object:  # noqa: ANN401  a scalar or enum
    try:
        return None if value is None else type_.parse_value(value)
    except Exception:  # noqa: BLE001  scalars raise what they like
        raise RepresentationError("The representation has a key that cannot be one.") from None
