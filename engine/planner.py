"""From a document's operation to a plan, or to the reason why graphql-core executes it."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    REMOVE,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    VisitorAction,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import ast
from graphql.type import TypeNameMetaFieldDef
from strawberry.types.field import StrawberryField

from engine.access import Access, needs
from engine.batching import BatchField
from engine.directives import BACKREF
from engine.plan import Field, Kind, Plan, Position, Selection, Way
from engine.sharing import shared_by

# What Strawberry calls its resolver of an attribute; where anybody else has a say it is another one.
PLAIN_RESOLVER = "_get_basic_result"
# A plan of more fields would cost more than it saves.
MAX_FIELDS = 5_000


class NotCompiledError(Exception):
    """The operation is executed by graphql-core; the message says why."""


class Planner:
    """Plans one operation for the given values of its variables.

    Args:
        schema: The schema.
        operation: A validated operation.
        fragments: The document's fragments.
        variables: Coerced variables. Only those in ``@skip`` and ``@include`` are looked at.
        denied: What the caller does not have; fields that need it are planned to fail.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        denied: frozenset[Access] = frozenset(),
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables
        self._denied = denied
        self._fields: list[Field] = []
        self._selections: list[Selection] = []
        self._known: dict[tuple[str, tuple[int, ...]], Selection] = {}
        self._unfinished: set[Selection] = set()
        self._positions = 0

    def plan(self) -> Plan:
        """Return the plan.

        Raises:
            NotCompiledError: The operation is graphql-core's to execute.
        """
        root_type = self._schema.get_root_type(self._operation.operation)
        if root_type is None:
            raise NotCompiledError("the schema has no such root")
        try:
            collected = collect_fields(self._schema, self._fragments, self._variables, root_type, self._operation)
            root = self._selection(root_type, collected)
        except GraphQLError:
            raise NotCompiledError("a directive's argument has no usable value") from None
        except RecursionError:
            pass
        else:
            root.uses += 1
            access = dict.fromkeys(one.access for one in self._fields if one.access is not None)
            return Plan(root, self._fields, self._selections, tuple(access))
        raise NotCompiledError("its selections are nested too deeply")

    def _selection(self, type_: GraphQLObjectType, collected: CollectedFields) -> Selection:
        if collected.new_defer_usages:
            raise NotCompiledError("@defer")
        # The same nodes on the same type are one selection, wherever its fragment is spread: a plan stays as small
        # as its document even when fragments are chained.
        groups = collected.grouped_field_set.items()
        key = (type_.name, tuple(id(detail.node) for _, details in groups for detail in details))
        selection = self._known.get(key)
        if selection is None:
            selection = self._known[key] = Selection(len(self._selections), type_)
            self._selections.append(selection)
            self._unfinished.add(selection)
            for response_key, details in groups:
                definition = self._schema.get_field(type_, details[0].node.name.value)
                if definition is not None:
                    selection.fields.append(self._field(type_, response_key, details, definition))
            self._unfinished.remove(selection)
        elif selection in self._unfinished:
            raise NotCompiledError("a fragment spreads itself")
        return selection

    def _field(self, parent: GraphQLObjectType, key: str, details: FieldDetailsList, definition: GraphQLField) -> Field:
        if len(self._fields) >= MAX_FIELDS:
            raise NotCompiledError(f"it has more than {MAX_FIELDS} fields")
        if any(detail.fragment_variable_values is not None for detail in details):
            raise NotCompiledError("fragment variables")
        one = Field(len(self._fields), key, parent, definition, details, Way.CALL)
        self._fields.append(one)
        if definition is TypeNameMetaFieldDef:
            one.way = Way.TYPENAME
            return one
        one.access = needs(definition)
        one.position = self._position(one, definition.type)
        if one.access in self._denied:
            one.way = Way.DENIED
            return one
        _choose_way(one, self._schema)
        one.arguments = self._constant_arguments(one)
        named = get_named_type(definition.type)
        if isinstance(named, GraphQLObjectType):
            self._subselection(one, named)
        elif is_abstract_type(named):
            for type_ in self._schema.get_possible_types(named):
                self._subselection(one, type_)
        return one

    def _subselection(self, one: Field, type_: GraphQLObjectType) -> None:
        collected = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, type_, one.details
        )
        selection = one.selections[type_.name] = self._selection(type_, collected)
        selection.uses += 1

    def _position(self, one: Field, type_: GraphQLOutputType) -> Position:
        required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        item = self._position(one, inner.of_type) if isinstance(inner, GraphQLList) else None
        named: Any = get_named_type(inner)
        if item is not None:
            kind = Kind.LIST
        elif is_leaf_type(named):
            kind = Kind.LEAF
        else:
            kind = Kind.OBJECT if isinstance(named, GraphQLObjectType) else Kind.ABSTRACT
        self._positions += 1
        return Position(one, kind, named, required, item, self._positions)

    def _constant_arguments(self, one: Field) -> Mapping[str, Any] | None:
        """Return arguments that are the same for every request and cannot be changed by who receives them."""
        node = one.details[0].node
        if not one.definition.args and not node.arguments:
            return {}
        if any(_has_variable(argument.value) for argument in node.arguments or ()):
            return None
        try:
            arguments = get_argument_values(one.definition, node, self._variables)
            if one.batch is not None:
                arguments = one.batch.convert(arguments, self._schema)
        except Exception:  # noqa: BLE001  raised again, in the field's place, when it is executed
            return None
        return arguments if all(isinstance(value, str | int | float | None) for value in arguments.values()) else None


def why_not_compiled(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]) -> str | None:
    """Return why graphql-core executes an operation whatever its variables are; None where the engine can."""
    for node in _selections(operation, fragments):
        for directive in node.directives or ():
            if directive.name.value not in ("skip", "include"):
                return f"@{directive.name.value}"
        if isinstance(node, ast.FieldNode) and node.name.value in ("__schema", "__type"):
            return "introspection"
    return None


def condition_variables(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]
) -> tuple[str, ...]:
    """Return the names of the variables that decide what is included: a plan is good for one set of their values."""
    names: dict[str, None] = {}
    for node in _selections(operation, fragments):
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                if isinstance(argument.value, ast.VariableNode):
                    names[argument.value.name.value] = None
    return tuple(names)


def _selections(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]
) -> "list[ast.SelectionNode]":
    """Return every selection of an operation and its fragments, each once."""
    found: list[ast.SelectionNode] = []
    sets = [operation.selection_set, *(fragment.definition.selection_set for fragment in fragments.values())]
    while sets:
        for node in sets.pop().selections:
            found.append(node)
            inner = getattr(node, "selection_set", None)
            if inner is not None:
                sets.append(inner)
    return found


class Unconditional(Visitor):
    """Takes out what decides whether a selection is executed, and when: then all of them are."""

    def enter_directive(self, node: ast.DirectiveNode, *_: object) -> VisitorAction:
        """Remove it."""
        return REMOVE if node.name.value in ("skip", "include", "defer", "stream") else None


def _choose_way(one: Field, schema: GraphQLSchema) -> None:
    """Leave out a field's resolver where nothing else has a say: no permission, extension or exception handler."""
    strawberry_field = one.definition.extensions.get(BACKREF)
    if not isinstance(strawberry_field, StrawberryField) or strawberry_field.extensions:
        return
    if isinstance(strawberry_field, BatchField):
        if not _has_handlers(strawberry_field, schema):
            one.way, one.batch = Way.BATCH, strawberry_field
            one.shared = shared_by(strawberry_field.resolver)
    elif (
        getattr(one.definition.resolve, "__name__", "") == PLAIN_RESOLVER
        and type(strawberry_field).get_result is StrawberryField.get_result
        and strawberry_field.default_resolver is getattr
    ):
        one.way, one.attribute = Way.READ, strawberry_field.python_name


def _has_handlers(strawberry_field: StrawberryField, schema: GraphQLSchema) -> bool:
    strawberry_schema = getattr(schema, "_strawberry_schema", None)
    if strawberry_schema is None:
        return False
    return bool(strawberry_schema.schema_converter._get_field_exception_handlers(strawberry_field))  # noqa: SLF001  there is no other way to know


def _has_variable(value: ast.ValueNode) -> bool:
    if isinstance(value, ast.VariableNode):
        return True
    if isinstance(value, ast.ListValueNode):
        return any(map(_has_variable, value.values))
    return isinstance(value, ast.ObjectValueNode) and any(_has_variable(field.value) for field in value.fields)
