"""What a person might like, from the recs service."""

from msgspec import Struct

from downstream.command import Body, Command
from downstream.endpoint import BatchGet, Entity, Search
from downstream.record import OpenEnum, Owned, Page, Query, Record, Source


class SuggestionReason(OpenEnum):
    """Why a product is suggested."""

    BOUGHT_TOGETHER = "BOUGHT_TOGETHER"
    SIMILAR = "SIMILAR"
    TAGGED_BEFORE = "TAGGED_BEFORE"
    TRENDING = "TRENDING"
    VIEWED = "VIEWED"
    UNKNOWN = "UNKNOWN"


class Placement(OpenEnum):
    """Where in the app a suggestion is meant to be shown."""

    ORDER_CENTER = "ORDER_CENTER"
    ORDER_DETAIL = "ORDER_DETAIL"
    CHECKOUT = "CHECKOUT"
    HOME = "HOME"
    UNKNOWN = "UNKNOWN"


class Suggestion(Record, frozen=True):
    """A product that a person might like, and what it follows from."""

    id: str
    customer_id: str
    product_id: str
    reason: SuggestionReason
    because_product_id: str | None
    because_order_id: str | None
    score: float
    placement: Placement
    source: Source | None


class SuggestionFilter(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which suggestions; None: no restriction."""

    reason: tuple[SuggestionReason, ...] | None = None
    placement: tuple[Placement, ...] | None = None


class SuggestionQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's suggestions, best first."""

    filter: SuggestionFilter | None = None


SUGGESTION_BY_ID: Entity[Owned, Suggestion] = BatchGet("recs", "/v1/suggestions:batchGet", Suggestion)
SUGGESTIONS_BY_CUSTOMER: Entity[SuggestionQuery, Page[Suggestion]] = Search(
    "recs", "/v1/suggestions:search", Page[Suggestion]
)


class SuggestionCommand(Body, frozen=True, kw_only=True):
    """Names the suggestion to change."""

    suggestion_id: str


DISMISS_SUGGESTION: Command[Suggestion] = Command("recs", "/v1/suggestions:dismiss", Suggestion)
