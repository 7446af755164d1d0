"""How much an operation can ask for, told from its plan before anything runs.

Source: the GraphQL Cost Directives specification (ibm.github.io/graphql-specs/cost-spec.html): ``@cost`` and
``@listSize`` with their meanings and defaults; a weight is an Int, as Apollo Federation has it, where the specification
has a String.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLObjectType, VariableNode
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema_directive import Location

from engine.directives import directives_of
from engine.plan import Field, Plan, Selection, Way

# Where a field of the engine's own says which argument's list is as long as its own.
SIZED_BY = "engine-sized-by"
# Costs that a plan remembers: clients ask for few page sizes, and who tries all must not fill memory.
MAX_REMEMBERED = 32
# Of an operation whose cost nobody can tell: more than anybody may ask for.
UNKNOWN_COST = 2**31 - 1
# A variable that was not given, where null is something else: an argument then has its default.
_MISSING = "missing"


@strawberry.schema_directive(
    name="cost",
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.SCALAR, Location.ENUM],
    description="What one of these costs; 1 for an object and 0 for a leaf unless it is said.",
)
class Cost:
    """The weight of a field or type."""

    weight: int


@strawberry.schema_directive(
    name="listSize",
    locations=[Location.FIELD_DEFINITION],
    description="How long a list can be: as the slicing arguments say, else the assumed size.",
)
class ListSize:
    """The length of a field's list, or of the lists of its sized fields."""

    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool | None = True


@dataclass(frozen=True)
class Estimate:
    """An upper bound, as far as the schema tells how long lists are.

    Attributes:
        cost: Sum of the weights of all fields and objects.
        parents: How many parents each field can have.
    """

    cost: int
    parents: dict[Field, int]


def estimate(plan: Plan, variables: VariableValues) -> Estimate:
    """Return how much a plan can ask for with these variables. Linear in the plan."""
    sizes = _sizes(plan, variables)
    counts: Counter[Selection] = Counter({plan.root: 1})
    parents: dict[Field, int] = {}
    for selection in _from_above(plan.root):
        for field in selection.fields:
            parents[field] = counts[selection]
            for child in field.selections.values():
                counts[child] += counts[selection] * sizes.get(field, 1)
    costs: dict[Selection, int] = {}
    for selection in reversed(list(_from_above(plan.root))):
        costs[selection] = sum(_cost(field, sizes.get(field, 1), costs) for field in selection.fields)
    return Estimate(costs[plan.root], parents)


def total(plan: Plan, variables: VariableValues) -> int:
    """Return the cost alone, which a plan remembers for the sizes that are asked for."""
    if plan.sizing is None:
        plan.sizing = tuple(sorted(_sizing_variables(plan)))
    sizes = tuple(_length(variables.coerced.get(name, _MISSING)) for name in plan.sizing)
    cost = plan.costs.get(sizes)
    if cost is None:
        if len(plan.costs) >= MAX_REMEMBERED:
            plan.costs.clear()
        cost = plan.costs[sizes] = estimate(plan, variables).cost
    return cost


def _sizing_variables(plan: Plan) -> Iterator[str]:
    for field in plan.fields:
        slicing = {name for rule in _rules(field) for name in rule.slicing_arguments or ()}
        for argument in field.details[0].node.arguments or ():
            if argument.name.value in slicing and isinstance(argument.value, VariableNode):
                yield argument.value.name.value


def _length(value: object) -> int | str | None:
    if isinstance(value, list):
        return len(value)
    return value if isinstance(value, int) or value is _MISSING else None


def _cost(field: Field, size: int, costs: dict[Selection, int]) -> int:
    """Return what a field costs for one parent."""
    if field.way is Way.TYPENAME:
        return 0
    own = _weight(field.definition.extensions) or 0
    each = max((costs[child] + _type_weight(child.type) for child in field.selections.values()), default=0)
    return own + size * each


def _type_weight(type_: GraphQLObjectType) -> int:
    weight = _weight(type_.extensions)
    return 1 if weight is None else weight


def _weight(extensions: dict[str, Any]) -> int | None:
    found = [one for one in directives_of(extensions) if isinstance(one, Cost)]
    return found[0].weight if found else None


def _sizes(plan: Plan, variables: VariableValues) -> dict[Field, int]:
    """Return how long each field's list can be; fields without a list, or without a word about it, are left out."""
    sizes: dict[Field, int] = {}
    for field in plan.fields:
        for rule in _rules(field):
            size = _size(field, rule, variables)
            if not rule.sized_fields:
                sizes[field] = max(size, sizes.get(field, 0))
            else:
                sized = [inner for child in field.selections.values() for inner in child.fields]
                sizes.update({one: max(size, sizes.get(one, 0)) for one in sized if one.name in rule.sized_fields})
    return sizes


def _size(field: Field, rule: ListSize, variables: VariableValues) -> int:
    given = [_given(field, name, variables) for name in rule.slicing_arguments or ()]
    lengths = [len(one) if isinstance(one, list) else max(one, 0) for one in given if isinstance(one, list | int)]
    return max(lengths) if lengths else rule.assumed_size or 1


def _given(field: Field, name: str, variables: VariableValues) -> object:
    """Return an argument, whatever the field's others are; None where it is unusable, and then the field fails."""
    definition = GraphQLField(field.definition.type, {name: field.definition.args[name]})
    node = field.details[0].node
    only = FieldNode(name=node.name, arguments=tuple(one for one in node.arguments or () if one.name.value == name))
    try:
        return get_argument_values(definition, only, variables).get(name)
    except GraphQLError:
        return None


def _rules(field: Field) -> list[ListSize]:
    extensions = field.definition.extensions
    sized_by = extensions.get(SIZED_BY) or (field.batch.sized_by if field.batch is not None else None)
    if sized_by:
        return [ListSize(slicing_arguments=[sized_by])]
    return [one for one in directives_of(extensions) if isinstance(one, ListSize)]


def _from_above(root: Selection) -> Iterator[Selection]:
    """Yield all selections, each before those that are inside it."""
    seen: set[Selection] = set()
    finished: list[Selection] = []

    def visit(selection: Selection) -> None:
        if selection not in seen:
            seen.add(selection)
            for child in selection.children():
                visit(child)
            finished.append(selection)

    visit(root)
    return reversed(finished)
