"""How long others may keep an answer, told from its plan before anything runs.

Source: Apollo's ``@cacheControl`` with its rules (apollographql.com/docs/apollo-server/performance/caching).
"""

from enum import Enum
from typing import Any

import strawberry
from graphql import get_named_type, is_leaf_type
from strawberry.schema_directive import Location

from engine.directives import directives_of
from engine.plan import Field, Plan, Way


@strawberry.enum(name="CacheControlScope", description="Who may keep an answer.")
class CacheScope(Enum):
    """Who may keep an answer."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everybody, for everybody.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="Whoever has asked, for themselves.")


@strawberry.schema_directive(
    name="cacheControl",
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.INTERFACE, Location.UNION],
    description="How many seconds an answer that holds this may be kept. Said of a field, it counts more than of its "
    "type; where nothing is said of a root field or of an object, the answer is not kept.",
)
class CacheControl:
    """What caches are told of a field or type."""

    max_age: int | None = strawberry.UNSET
    scope: CacheScope | None = strawberry.UNSET
    inherit_max_age: bool | None = strawberry.UNSET


def public_age(plan: Plan) -> int:
    """Return for how many seconds anybody may keep a plan's answer for anybody; 0 where nobody may.

    It is the least of what its fields say. Once a field is private or needs something of the caller, it is 0.
    """
    if plan.public_age is None:
        roots = set(plan.root.fields)
        ages = [age for field in plan.fields if (age := _age(field, is_root=field in roots)) is not None]
        plan.public_age = min(ages, default=0)
    return plan.public_age


def _age(field: Field, *, is_root: bool) -> int | None:
    """Return what a field allows; None where that is up to what holds it."""
    if field.way is Way.TYPENAME:
        return None
    named = get_named_type(field.definition.type)
    of_field, of_type = _hint(field.definition.extensions), _hint(named.extensions)
    if field.access is not None or (of_field.scope or of_type.scope) is CacheScope.PRIVATE:
        return 0
    if of_field.max_age is not None:
        return of_field.max_age
    if of_field.inherit_max_age:
        return None
    if of_type.max_age is not None:
        return of_type.max_age
    return None if of_type.inherit_max_age or (is_leaf_type(named) and not is_root) else 0


def _hint(extensions: dict[str, Any]) -> CacheControl:
    found = next((one for one in directives_of(extensions) if isinstance(one, CacheControl)), CacheControl())
    given = {name: value for name, value in vars(found).items() if value is not strawberry.UNSET}
    return CacheControl(**{"max_age": None, "scope": None, "inherit_max_age": None, **given})
