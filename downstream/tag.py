"""Products that a person tagged, from the recs service."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from downstream.command import Body, Command
from downstream.endpoint import BatchGet, Entity, Search
from downstream.record import Money, OpenEnum, Owned, Page, Query, Record, Source


class TagSort(OpenEnum):
    """What a list of tags is ordered by."""

    TAGGED_AT = "TAGGED_AT"
    PRICE_DROP = "PRICE_DROP"


class Tag(Record, frozen=True):
    """A product that a person keeps an eye on."""

    id: str
    customer_id: str
    product_id: str
    note: str | None
    labels: Sequence[str]
    price_when_tagged: Money
    price_dropped: bool
    back_in_stock: bool
    tagged_at: str
    updated_at: str
    source: Source | None


class TagFilter(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which tags; None: no restriction."""

    labels: tuple[str, ...] | None = None
    price_dropped: bool | None = None
    back_in_stock: bool | None = None


class TagQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's tags."""

    filter: TagFilter | None = None
    search: str | None = None
    sort: TagSort = TagSort.TAGGED_AT


TAG_BY_ID: Entity[Owned, Tag] = BatchGet("recs", "/v1/tags:batchGet", Tag)
TAGS_BY_CUSTOMER: Entity[TagQuery, Page[Tag]] = Search("recs", "/v1/tags:search", Page[Tag])


class TagProduct(Body, frozen=True, kw_only=True):
    """Names the product to keep an eye on."""

    product_id: str
    note: str | None
    labels: Sequence[str]
    source: Source | None


class UntagProduct(Body, frozen=True, kw_only=True):
    """Names the product to forget."""

    product_id: str


class UpdateTag(Body, frozen=True, kw_only=True):
    """Names the tag to change, and what of it; what is not set stays."""

    tag_id: str
    note: str | UnsetType | None = UNSET
    labels: Sequence[str] | UnsetType = UNSET


TAG_PRODUCT: Command[Tag] = Command("recs", "/v1/tags:add", Tag)
UNTAG_PRODUCT: Command[Tag] = Command("recs", "/v1/tags:remove", Tag)
UPDATE_TAG: Command[Tag] = Command("recs", "/v1/tags:update", Tag)
