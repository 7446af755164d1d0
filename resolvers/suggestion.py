"""What a person might like, and what that follows from."""

from collections.abc import Sequence
from functools import partial

from downstream.order import Order
from downstream.product import Product
from downstream.record import Owned
from downstream.suggestion import (
    DISMISS_SUGGESTION,
    Suggestion,
    SuggestionCommand,
    SuggestionFilter,
    SuggestionQuery,
)
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.change import Outcome, change
from resolvers.context import Context
from resolvers.many import Level, present
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


@loads(Loaders.suggestions_by_customer)
def suggestions_of_users(
    users: Sequence[User], context: Context, page: PageArguments, *, where: SuggestionFilter | None
) -> Level[Connection[Suggestion]]:
    """A page of each person's suggestions, best first."""
    query = partial(SuggestionQuery, filter=where)
    loader = context.loaders.suggestions_by_customer
    return connections(users, context, page, loader, query, scope="suggestions")


@loads(Loaders.product_by_id, key="because")
def because_products(suggestions: Sequence[Suggestion], context: Context) -> Level[Product]:
    """The product that each suggestion follows from, where one does."""
    keys = [one.because_product_id for one in suggestions]
    return present(keys, context.loaders.product_by_id)


@loads(Loaders.order_by_id, key="because")
def because_orders(suggestions: Sequence[Suggestion], context: Context) -> Level[Order]:
    """The order that each suggestion follows from, where one does."""
    keys = [one.because_order_id and Owned(one.because_order_id, one.customer_id) for one in suggestions]
    return present([key or None for key in keys], context.loaders.order_by_id)


async def dismiss_suggestion(context: Context, suggestion_id: str, key: str | None) -> Outcome[Suggestion]:
    """Never make a suggestion to the viewer again."""
    body = partial(SuggestionCommand, suggestion_id=ids.check(suggestion_id, "sug", "input.suggestionId"))
    return await change(context, DISMISS_SUGGESTION, body, key, subject="suggestionId")
