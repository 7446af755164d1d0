"""What a person tagged."""

from collections.abc import Sequence
from functools import partial

from msgspec import UNSET, UnsetType

from downstream.record import Channel, Source
from downstream.tag import (
    TAG_PRODUCT,
    UNTAG_PRODUCT,
    UPDATE_TAG,
    Tag,
    TagFilter,
    TagProduct,
    TagQuery,
    TagSort,
    UntagProduct,
    UpdateTag,
)
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.change import Outcome, change, note
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User
from resolvers.user_error import InvalidInputError

MAX_LABELS = 10
MAX_LABEL = 40
MAX_HANDLE = 64


@loads(Loaders.tags_by_customer)
def tags_of_users(
    users: Sequence[User],
    context: Context,
    page: PageArguments,
    *,
    where: TagFilter | None,
    search: str | None,
    sort: TagSort,
    descending: bool,
) -> Level[Connection[Tag]]:
    """A page of each person's tags."""
    query = partial(TagQuery, filter=where, search=search, sort=sort, descending=descending)
    loader = context.loaders.tags_by_customer
    return connections(users, context, page, loader, query, scope=f"tags:{sort}:{descending}")


async def tag_product(
    context: Context,
    product_id: str,
    remark: str | None,
    labels: Sequence[str],
    source: Source | None,
    key: str | None,
) -> Outcome[Tag]:
    """Keep the viewer's eye on a product."""
    ids.check(product_id, "prd", "input.productId")
    if source is not None and source.channel is Channel.UNKNOWN:
        raise BadUserInputError("input.source.channel", "cannot be UNKNOWN")
    if source is not None and len(source.creator_handle or "") > MAX_HANDLE:
        raise BadUserInputError("input.source.creatorHandle", f"must have at most {MAX_HANDLE} characters")

    def body(customer_id: str) -> TagProduct:
        return TagProduct(
            customer_id=customer_id,
            product_id=product_id,
            note=note(remark),
            labels=_labels(labels),
            source=source,
        )

    return await change(context, TAG_PRODUCT, body, key, subject="productId")


async def untag_product(context: Context, product_id: str, key: str | None) -> Outcome[Tag]:
    """Forget a product that the viewer tagged."""
    body = partial(UntagProduct, product_id=ids.check(product_id, "prd", "input.productId"))
    return await change(context, UNTAG_PRODUCT, body, key, subject="productId")


async def update_tag(
    context: Context, tag_id: str, remark: str | UnsetType | None, labels: Sequence[str] | UnsetType, key: str | None
) -> Outcome[Tag]:
    """Change a tag of the viewer's; what is not set stays."""
    ids.check(tag_id, "tag", "input.tagId")

    def body(customer_id: str) -> UpdateTag:
        return UpdateTag(
            customer_id=customer_id,
            tag_id=tag_id,
            note=UNSET if isinstance(remark, UnsetType) else note(remark),
            labels=UNSET if isinstance(labels, UnsetType) else _labels(labels),
        )

    return await change(context, UPDATE_TAG, body, key, subject="tagId")


def _labels(labels: Sequence[str]) -> Sequence[str]:
    if len(labels) > MAX_LABELS or not all(0 < len(label) <= MAX_LABEL for label in labels):
        raise InvalidInputError("labels", f"At most {MAX_LABELS} labels of 1 to {MAX_LABEL} characters, please.")
    return labels
