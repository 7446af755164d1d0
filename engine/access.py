"""Who may see what: Apollo Federation's ``@authenticated`` and ``@requiresScopes``, held by whoever executes.

Source: apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives, "Access control".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce, wraps
from typing import Any, Protocol

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.execution import default_field_resolver
from strawberry.federation.schema_directives import Authenticated, RequiresScopes

from engine.directives import directives_of

# Where a guarded field keeps what it needs, in its extensions.
NEEDS = "access"


@dataclass(frozen=True)
class Access:
    """What a caller must have.

    Attributes:
        alternatives: Scopes that are enough together, one set of them or another; an empty set takes everybody who
            has said who they are.
    """

    alternatives: frozenset[frozenset[str]]

    def allows(self, scopes: frozenset[str]) -> bool:
        """Tell whether these scopes are enough for somebody who has said who they are."""
        for needed in self.alternatives:  # noqa: SIM110  asked for each request, and half the time of any()
            if needed <= scopes:
                return True
        return False

    def __and__(self, other: "Access") -> "Access":
        """Return what satisfies both."""
        return Access(frozenset(mine | theirs for mine in self.alternatives for theirs in other.alternatives))

    def __str__(self) -> str:
        """Name it for people."""
        words = sorted(" and ".join(sorted(needed)) or "anybody signed in" for needed in self.alternatives)
        return " or ".join(words)


class HasAccess(Protocol):
    """What a request's context must offer where a schema has such directives."""

    def denial(self, access: Access) -> Exception | None:
        """Return why the caller may not see what needs this; None: they may."""


def guard(schema: GraphQLSchema) -> None:
    """Note at each field what it needs, and make its resolver refuse whoever does not have it.

    The compiled engine reads the note and decides before it runs; the resolvers are for graphql-core. A field needs
    what its directives say, those of the type that it is of, and those of the type that it returns.
    """
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                needed = list(_needed(type_, field))
                if needed:
                    _guard(field, reduce(Access.__and__, needed))


def needs(field: GraphQLField) -> Access | None:
    """Return what a field needs; None: it is everybody's."""
    found = field.extensions.get(NEEDS)
    return found if isinstance(found, Access) else None


def _needed(type_: GraphQLObjectType, field: GraphQLField) -> Iterator[Access]:
    for place in (type_, *type_.interfaces, field, get_named_type(field.type)):
        for directive in directives_of(place.extensions):
            if isinstance(directive, Authenticated):
                yield Access(frozenset({frozenset()}))
            elif isinstance(directive, RequiresScopes):
                yield Access(frozenset(map(frozenset, directive.scopes)))


def _guard(field: GraphQLField, access: Access) -> None:
    field.extensions[NEEDS] = access
    field.resolve = _checked(field.resolve or default_field_resolver, access)
    if field.subscribe is not None:
        field.subscribe = _checked(field.subscribe, access)


def _checked(resolve: Callable[..., Any], access: Access) -> Callable[..., Any]:
    # With the resolver's own name, by which the planner knows one that only reads an attribute.
    @wraps(resolve)
    def checked(source: object, info: Any, /, **arguments: object) -> object:  # noqa: ANN401  graphql-core's info
        denial = info.context.denial(access)
        if denial is not None:
            raise denial
        return resolve(source, info, **arguments)

    return checked
