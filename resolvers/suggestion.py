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
from resolvers import ids
from resolvers.change import Outcome, change
from resolvers.context import Context
from resolvers.many import Results, present
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


async def suggestions_of_users(
    users: Sequence[User], context: Context, page: PageArguments, *, where: SuggestionFilter | None
) -> Results[Connection[Suggestion]]:
    """A page of each person's suggestions, best first."""
    query = partial(SuggestionQuery, filter=where)
    loader = context.loaders.suggestions_by_customer
    return await connections(users, context, page, loader, query, scope="suggestions")


async def because_products(suggestions: Sequence[Suggestion], context: Context) -> Results[Product]:
    """The product that each suggestion follows from, where one does."""
    keys = [one.because_product_id for one in suggestions]
    return await present(keys, context.loaders.product_by_id)


async def because_orders(suggestions: Sequence[Suggestion], context: Context) -> Results[Order]:
    """The order that each suggestion follows from, where one does."""
    keys = [one.because_order_id and Owned(one.because_order_id, one.customer_id) for one in suggestions]
    return await present([key or None for key in keys], context.loaders.order_by_id)


async def dismiss_suggestion(context: Context, suggestion_id: str, key: str | None) -> Outcome[Suggestion]:
    """Never make a suggestion to the viewer again."""
    body = partial(SuggestionCommand, suggestion_id=ids.check(suggestion_id, "sug", "input.suggestionId"))
    return await change(context, DISMISS_SUGGESTION, body, key, subject="suggestionId")
