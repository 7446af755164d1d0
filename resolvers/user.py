"""People: who asks, who is asked for, their profile and the badges of their Order Center."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from downstream.record import Owned
from downstream.user import Badges, Customer
from engine import attribute_of, loads
from loaders import Loaders
from resolvers import ids
from resolvers.change import Outcome
from resolvers.context import Context
from resolvers.errors import NotFoundError
from resolvers.many import Level, Results, each, found, then

# Whether the page is rolled out to a person, or why nobody knows.
Shown: TypeAlias = bool | BaseException | None


class User(NamedTuple):
    """A person by id alone: what hangs from them does not wait for their profile."""

    id: str


def viewer(context: Context) -> Results[User]:
    """Who asks; raises ``UnauthenticatedError`` when nobody is signed in."""
    return [User(context.require_viewer().id)]


def user(context: Context, identifier: str) -> Level[User]:
    """A person, to themselves or to staff."""
    return users_of_ids(context, [ids.check(identifier, "cus", "id")])


@loads(Loaders.customer_by_id)
def users_of_ids(context: Context, identifiers: Sequence[str]) -> Level[User]:
    """The people with these ids; whether they exist is asked only for staff, others see nobody but themselves."""
    keys = [context.owned(identifier) for identifier in identifiers]
    if any(key.owner is None for key in keys):
        return each(found(context.loaders.customer_by_id.load_level(keys)), _as_user)
    return [User(key.id) if key.id == key.owner else NotFoundError() for key in keys]


def _as_user(customer: Customer) -> User:
    return User(customer.id)


@loads(Loaders.customer_by_id)
def profiles(users: Sequence[User], context: Context) -> Level[Customer]:
    """What is known of each person."""
    return context.loaders.customer_by_id.load_level([Owned(person.id, person.id) for person in users])


display_names = attribute_of(profiles, "display_name")
handles = attribute_of(profiles, "handle")
avatar_urls = attribute_of(profiles, "avatar_url")
members_since = attribute_of(profiles, "member_since")


@loads(Loaders.customer_by_id, Loaders.badges_by_customer)
def order_centers(users: Sequence[User], context: Context) -> Level[Badges]:
    """The badges, for those to whom the page is rolled out."""
    return then(_are_shown(users, context), partial(_badges, users, context))


@loads(Loaders.customer_by_id)
def order_centers_after(outcomes: Sequence[Outcome[Badges]], context: Context) -> Level[Badges]:
    """The badges that a change has given, for those to whom the page is rolled out."""
    given = [outcome.value for outcome in outcomes if outcome.value is not None]
    shown = _are_shown([User(badges.customer_id) for badges in given], context)
    return then(shown, partial(_after, outcomes))


def _after(outcomes: Sequence[Outcome[Badges]], shown: Results[bool]) -> Results[Badges]:
    are_shown = iter(shown)
    return [None if one.value is None else _if_shown(one.value, next(are_shown)) for one in outcomes]


def _badges(users: Sequence[User], context: Context, shown: Results[bool]) -> Level[Badges]:
    keys = [Owned(person.id, person.id) for person, is_shown in zip(users, shown, strict=True) if is_shown is True]
    badges = context.loaders.badges_by_customer.load_level(keys)
    return then(badges, partial(_where_shown, shown))


def _where_shown(shown: Results[bool], badges: Results[Badges]) -> Results[Badges]:
    loaded = iter(badges)
    return [next(loaded) if is_shown is True else _if_shown(None, is_shown) for is_shown in shown]


def _if_shown(badges: Badges | None, shown: Shown) -> Badges | BaseException | None:
    if isinstance(shown, BaseException):
        return shown
    return badges if shown else None


def _are_shown(users: Sequence[User], context: Context) -> Level[bool]:
    """Whether the page is rolled out to each person; an exception where only an unknown region could say."""
    regions: Level[str] = [None] * len(users)
    if context.rollout.needs_region:
        regions = each(profiles(users, context), attrgetter("region"))
    return then(regions, lambda known: [_is_shown(*one, context) for one in zip(users, known, strict=True)])


def _is_shown(person: User, region: str | BaseException | None, context: Context) -> bool | BaseException:
    if isinstance(region, BaseException):
        return context.rollout.includes(person.id, None) or region
    return context.rollout.includes(person.id, region)
