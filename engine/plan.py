"""A validated operation as data: which fields are read, called or batched, and how their values are completed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList

if TYPE_CHECKING:
    from engine.access import Access
    from engine.batching import BatchField, BatchResolver
    from engine.run import Run
    from engine.sharing import Shared

# Completes one field for all its parents: ``(run, values, targets)`` sets ``targets[i][key]``.
Complete: TypeAlias = Callable[["Run", Sequence[Any], Sequence[dict[str, Any]]], None]
# Builds the response object of one source: ``(run, source)``.
Build: TypeAlias = Callable[["Run", Any], dict[str, Any]]


class Way(Enum):
    """How a field gets its value."""

    TYPENAME = "typename"
    READ = "read"
    CALL = "call"
    BATCH = "batch"
    DENIED = "denied"


class Kind(Enum):
    """How a value is completed."""

    LEAF = "leaf"
    LIST = "list"
    OBJECT = "object"
    ABSTRACT = "abstract"


@dataclass(eq=False, slots=True)
class Position:
    """A place where a value is completed: a field, or the items of its list.

    Attributes:
        field: The field.
        kind: How the value is completed.
        type: Named type of the value, or of what the list holds in the end: of a leaf, an object or an abstract type,
            as the kind says.
        required: Whether the place is non-null.
        item: The place of the items; None where this is no list.
        number: Unique in the plan.
    """

    field: "Field"
    kind: Kind
    type: Any
    required: bool
    item: "Position | None"
    number: int


@dataclass(eq=False, slots=True)
class Field:
    """One response key of a selection.

    Attributes:
        number: Unique in the plan.
        key: Response key.
        parent: Type that the selection is on.
        definition: The field in the schema.
        details: The document's nodes for it, as graphql-core collects them.
        way: How it gets its value.
        attribute: What is read of the source, where it is read.
        batch: The batch field, where it is one.
        shared: What it shows of a thing that other fields may show something of, too.
        access: What the caller must have; None: nothing.
        arguments: Its arguments where they depend on no variable; None: they are made for each request.
        selections: What is selected of its value, by the name of the value's type.
        position: Where its value is completed; None for ``__typename``.
        complete: Completes its values; first interpreted, then compiled.
        place: An error that says where the field stands in its document, once there was one.
    """

    number: int
    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: FieldDetailsList
    way: Way
    attribute: str = ""
    batch: "BatchField | None" = None
    shared: "Shared | None" = None
    access: "Access | None" = None
    arguments: Mapping[str, Any] | None = None
    selections: "dict[str, Selection]" = field(default_factory=dict)
    position: Position | None = None
    complete: Complete = field(init=False)
    place: GraphQLError | None = None

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.details[0].node.name.value

    @property
    def nodes(self) -> list[FieldNode]:
        """The document's nodes for it."""
        return [detail.node for detail in self.details]

    @property
    def resolver(self) -> "BatchResolver":
        """The batch resolver; raises ``TypeError`` where there is none."""
        if self.batch is None:
            raise TypeError(f"{self} has no batch resolver")
        return self.batch.resolver

    @property
    def resolved(self) -> bool:
        """Whether its value is not there when the object is built: a resolver is asked, or it is denied."""
        return self.way in (Way.CALL, Way.BATCH, Way.DENIED)

    def __str__(self) -> str:
        """Name the field as error messages do."""
        return f"{self.parent.name}.{self.name}"


@dataclass(eq=False, slots=True)
class Selection:
    """What is selected of objects of one type.

    Attributes:
        number: Unique in the plan.
        type: Type of the objects.
        fields: In the order of the response.
        uses: In how many places of the plan it stands.
        build: Builds an object's response; first interpreted, then compiled.
    """

    number: int
    type: GraphQLObjectType
    fields: list[Field] = field(default_factory=list)
    uses: int = 0
    build: Build = field(init=False)

    def children(self) -> Iterator["Selection"]:
        """The selections of its fields' values."""
        for one in self.fields:
            yield from one.selections.values()


@dataclass(eq=False, slots=True)
class Plan:
    """One operation, for one set of values of the variables that its ``@skip`` and ``@include`` depend on.

    Where its caller may not see all of it, it is another plan, in which those fields are denied.

    Attributes:
        root: What is selected of the root.
        fields: All fields, by their number.
        selections: All selections, by their number.
        access: What its fields need of the caller, where that is anything.
        code_size: Length of the Python that it was compiled to; 0 while it is interpreted.
        makes_objects: Whether its responses may have response objects in them.
        used: How often it was executed.
        sizing: Names of the variables that say how long lists can be; None while nobody has looked.
        public_age: For how many seconds anybody may keep its answer; None while nobody has looked.
        costs: Its cost by the values of these variables, for some of them.
    """

    root: Selection
    fields: list[Field]
    selections: list[Selection]
    access: "tuple[Access, ...]" = ()
    code_size: int = 0
    makes_objects: bool = False
    used: int = 0
    sizing: tuple[str, ...] | None = None
    public_age: int | None = None
    costs: dict[tuple[int | str | None, ...], int] = field(default_factory=dict)

    def reaching(self, fields: set[Field]) -> set[Field]:
        """Return these fields and all whose values contain one of them."""
        reached = set(fields)
        _reach(self.root, reached, {})
        return reached


# A function of its own, since one inside another that calls itself is left to the garbage collector, for each request.
def _reach(selection: Selection, reached: set[Field], holds: dict[int, bool]) -> bool:
    """Add the selection's fields whose values contain one of those reached; tell whether there is any."""
    known = holds.get(selection.number)
    if known is None:
        known = False
        for one in selection.fields:
            below = [_reach(child, reached, holds) for child in one.selections.values()]
            if any(below) or one in reached:
                reached.add(one)
                known = True
        holds[selection.number] = known
    return known


def weight(selection: Selection, limit: int) -> int:
    """Return how many fields a selection has in all; more than the limit where a resolver stands between them."""
    total = len(selection.fields)
    for one in selection.fields:
        if one.resolved or total > limit:
            return limit + 1
        total += sum(weight(child, limit) for child in one.selections.values())
    return total
