"""Products that a person looked at, from the recs service."""

from downstream.endpoint import Entity, Search
from downstream.record import Page, Query, Record, Source


class View(Record, frozen=True):
    """A product that a person looked at, and when they last did."""

    id: str
    customer_id: str
    product_id: str
    viewed_at: str
    source: Source | None


class ViewQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's views, newest first."""


VIEWS_BY_CUSTOMER: Entity[ViewQuery, Page[View]] = Search("recs", "/v1/views:search", Page[View])
