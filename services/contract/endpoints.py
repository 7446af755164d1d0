"""The endpoints of the contract, as its page lists them. Nothing here knows the embedded services."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Get:
    """An endpoint that reads by key; `key` and `owner` name the fields of its values that hold key and customer."""

    path: str
    key: str
    owner: str | None


@dataclass(frozen=True)
class Search:
    """An endpoint that answers pages; `get` reads the same items by id, where there is such an endpoint."""

    path: str
    sorts: tuple[str, ...]
    get: Get | None


@dataclass(frozen=True)
class Act:
    """A command, with a body about something that does not exist; the customer is left to whoever asks."""

    path: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Contract:
    """What one service has to offer."""

    gets: tuple[Get, ...]
    searches: tuple[Search, ...]
    acts: tuple[Act, ...]

    @property
    def paths(self) -> list[str]:
        """Where all of it is."""
        posts: tuple[Get | Search | Act, ...] = (*self.gets, *self.searches, *self.acts)
        return [post.path for post in posts]


_ORDERS = Get("/v1/orders:batchGet", "id", "customerId")
_RETURNS = Get("/v1/returns:batchGet", "id", "customerId")
_CHECKOUTS = Get("/v1/checkouts:batchGet", "id", "customerId")
_TRANSACTIONS = Get("/v1/transactions:batchGet", "id", "customerId")
_TAGS = Get("/v1/tags:batchGet", "id", "customerId")
_SUGGESTIONS = Get("/v1/suggestions:batchGet", "id", "customerId")

_JOURNAL = Search("/v1/journal:search", ("PLACE",), None)

_ORDER = {"orderId": "ord_0"}
_ITEM = {"lineItemId": "itm_0", "quantity": 1}

CONTRACTS = {
    "order": Contract(
        gets=(
            Get("/v1/customers:batchGet", "id", "id"),
            Get("/v1/badges:batchGet", "customerId", "customerId"),
            Get("/v1/shops:batchGet", "id", None),
            Get("/v1/products:batchGet", "id", None),
            _ORDERS,
            Get("/v1/orders:batchGetByNumber", "number", "customerId"),
            Get("/v1/timelines:batchGet", "orderId", "customerId"),
            Get("/v1/shipments:batchGet", "id", "customerId"),
            _RETURNS,
            Get("/v1/returns:batchGetByOrder", "orderId", "customerId"),
            _CHECKOUTS,
        ),
        searches=(
            Search("/v1/orders:search", ("PLACED_AT", "UPDATED_AT", "TOTAL"), _ORDERS),
            Search("/v1/returns:search", ("REQUESTED_AT",), _RETURNS),
            Search("/v1/checkouts:search", ("UPDATED_AT",), _CHECKOUTS),
            _JOURNAL,
        ),
        acts=(
            Act("/v1/orders:cancel", _ORDER),
            Act("/v1/orders:confirmReceipt", _ORDER),
            Act("/v1/orders:archive", _ORDER),
            Act("/v1/orders:unarchive", _ORDER),
            Act("/v1/orders:reorder", _ORDER),
            Act("/v1/orders:markUpdatesRead", {"orderIds": ["ord_0"]}),
            Act("/v1/returns:request", _ORDER | {"reason": "OTHER", "note": None, "items": [_ITEM]}),
            Act("/v1/returns:cancel", {"returnId": "ret_0"}),
        ),
    ),
    "payment": Contract(
        gets=(
            Get("/v1/ledgers:batchGetByOrder", "orderId", "customerId"),
            _TRANSACTIONS,
            Get("/v1/refunds:batchGet", "id", "customerId"),
            Get("/v1/paymentMethods:batchGet", "id", "customerId"),
            Get("/v1/wallets:batchGet", "customerId", "customerId"),
        ),
        searches=(Search("/v1/transactions:search", ("CREATED_AT",), _TRANSACTIONS), _JOURNAL),
        acts=(Act("/v1/paymentMethods:setDefault", {"paymentMethodId": "pm_0"}),),
    ),
    "recs": Contract(
        gets=(_TAGS, _SUGGESTIONS),
        searches=(
            Search("/v1/tags:search", ("TAGGED_AT", "PRICE_DROP"), _TAGS),
            Search("/v1/suggestions:search", ("SCORE",), _SUGGESTIONS),
            Search("/v1/views:search", ("VIEWED_AT",), None),
            _JOURNAL,
        ),
        acts=(
            Act("/v1/tags:add", {"productId": "prd_0", "note": None, "labels": [], "source": None}),
            Act("/v1/tags:remove", {"productId": "prd_0"}),
            Act("/v1/tags:update", {"tagId": "tag_0", "note": "x", "labels": ["y"]}),
            Act("/v1/suggestions:dismiss", {"suggestionId": "sug_0"}),
        ),
    ),
}
