"""What an execution has found out of objects that holds for all of their class, so that none need ask again."""

from typing import Any, TypeAlias

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, default_type_resolver

from engine.types import InstancesOf, decoded_record

Abstract: TypeAlias = GraphQLInterfaceType | GraphQLUnionType

# Classes beyond this many are looked at again each time: a program that makes classes as it runs must not fill memory.
MAX_TRUSTED = 256
# The functions by which Strawberry tells an object's type unless an interface has its own. Of an object that is of no
# Strawberry type's class, they look at nothing but what ``is_type_of`` says.
_STRAWBERRYS = (
    "StrawberryUnion.get_type_resolver.<locals>._resolve_union_type",
    "GraphQLCoreConverter.from_interface.<locals>._get_resolve_type.<locals>.resolve_type",
)


class Trust:
    """What is known of a schema's objects by their classes.

    Attributes:
        classes: Classes whose objects are of a type, so that compiled code need not ask.
        types: Of which type of an abstract one the records of a class are.
    """

    def __init__(self) -> None:
        self.classes: dict[GraphQLObjectType, set[type]] = {}
        self.types: dict[tuple[Abstract, type], GraphQLObjectType] = {}

    def add(self, type_: GraphQLObjectType, value: object) -> None:
        """Remember that objects of this class are of this type."""
        class_ = type(value)
        classes = self.classes.get(type_)
        odd = hasattr(class_, "__getattr__") or hasattr(class_, "__await__")
        if classes is not None and len(classes) < MAX_TRUSTED and not odd:
            classes.add(class_)

    def add_concrete(
        self,
        schema: GraphQLSchema,
        abstract: Abstract,
        type_: GraphQLObjectType,
        value: object,
        resolver: Any,  # noqa: ANN401  any function
    ) -> None:
        """Remember of which type a record is, where nothing but its class has decided that."""
        # A record that a decoder has made is of its class alone: it can have no attribute beside its fields.
        if decoded_record(type_.is_type_of) is not type(value) or hasattr(value, "__typename"):
            return
        is_known = resolver is default_type_resolver or getattr(resolver, "__qualname__", "") in _STRAWBERRYS
        tests = [one.is_type_of for one in schema.get_possible_types(abstract)]
        if is_known and all(test is None or isinstance(test, InstancesOf) for test in tests):
            self.types[abstract, type(value)] = type_
