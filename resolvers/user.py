"""People: who asks, who is asked for, their profile and the badges of their Order Center."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from downstream.record import Owned
from downstream.user import Badges, Customer
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import NotFoundError
from resolvers.many import Level, Results, each, found, then


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
def display_names(users: Sequence[User], context: Context) -> Level[str]:
    """The names that the app shows."""
    return each(_profiles(users, context), attrgetter("display_name"))


@loads(Loaders.customer_by_id)
def handles(users: Sequence[User], context: Context) -> Level[str]:
    """The names by which others mention them."""
    return each(_profiles(users, context), attrgetter("handle"))


@loads(Loaders.customer_by_id)
def avatar_urls(users: Sequence[User], context: Context) -> Level[str]:
    """Their pictures."""
    return each(_profiles(users, context), attrgetter("avatar_url"))


@loads(Loaders.customer_by_id)
def members_since(users: Sequence[User], context: Context) -> Level[str]:
    """When they joined."""
    return each(_profiles(users, context), attrgetter("member_since"))


@loads(Loaders.customer_by_id, Loaders.badges_by_customer)
def order_centers(users: Sequence[User], context: Context) -> Level[Badges]:
    """The badges, for those to whom the page is rolled out."""
    if not context.rollout.needs_region:
        return _badges(users, context, [None] * len(users))
    return then(each(_profiles(users, context), attrgetter("region")), partial(_badges, users, context))


def _badges(users: Sequence[User], context: Context, regions: Results[str]) -> Level[Badges]:
    known = [None if isinstance(region, BaseException) else region for region in regions]
    included = [
        person for person, region in zip(users, known, strict=True) if context.rollout.includes(person.id, region)
    ]
    badges = context.loaders.badges_by_customer.load_level([Owned(person.id, person.id) for person in included])
    return then(badges, partial(_badges_or_why_not, users, regions, included))


def _badges_or_why_not(
    users: Sequence[User], regions: Results[str], included: Sequence[User], badges: Results[Badges]
) -> Results[Badges]:
    found = dict(zip(included, badges, strict=True))
    return [
        region if isinstance(region, BaseException) and person not in found else found.get(person)
        for person, region in zip(users, regions, strict=True)
    ]


def _profiles(users: Sequence[User], context: Context) -> Level[Customer]:
    return context.loaders.customer_by_id.load_level([Owned(person.id, person.id) for person in users])
