"""The roots of every mutation. Several in one operation run one after the other, in their order."""

from collections.abc import Awaitable
from typing import Annotated, TypeAlias, TypeVar

import msgspec
import strawberry

import resolvers.order as orders
import resolvers.payment as payments
import resolvers.suggestion as suggestions
import resolvers.tag as tags
from downstream import order as order_records
from downstream import payment as payment_records
from downstream import returns as return_records
from downstream import suggestion as suggestion_records
from downstream import tag as tag_records
from downstream import user as user_records
from engine import Cost, loads
from resolvers import returns
from resolvers.change import Outcome
from resolvers.context import Context
from schema.access import SIGNED_IN
from schema.order_change import (
    ArchiveOrderInput,
    ArchiveOrderPayload,
    CancelOrderInput,
    CancelOrderPayload,
    ConfirmReceiptInput,
    ConfirmReceiptPayload,
    MarkOrderUpdatesReadInput,
    MarkOrderUpdatesReadPayload,
    ReorderInput,
    ReorderPayload,
    UnarchiveOrderInput,
    UnarchiveOrderPayload,
)
from schema.payment import SetDefaultPaymentMethodInput, SetDefaultPaymentMethodPayload
from schema.resolved import resolved
from schema.returns import CancelReturnInput, CancelReturnPayload, RequestReturnInput, RequestReturnPayload
from schema.suggestion import DismissSuggestionInput, DismissSuggestionPayload
from schema.tag import (
    TagProductInput,
    TagProductPayload,
    UntagProductInput,
    UntagProductPayload,
    UpdateTagInput,
    UpdateTagPayload,
)

T = TypeVar("T")

Info: TypeAlias = strawberry.Info[Context, None]
Input: TypeAlias = Annotated[T, strawberry.argument(description="What to change, and under which key.")]
ChangedOrder: TypeAlias = Awaitable[Outcome[order_records.Order]]
ChangedReturn: TypeAlias = Awaitable[Outcome[return_records.Return]]
ChangedTag: TypeAlias = Awaitable[Outcome[tag_records.Tag]]


@loads(order_records.CANCEL_ORDER)
def _cancel_order(info: Info, input: Input[CancelOrderInput]) -> ChangedOrder:  # noqa: A002  the argument's public name
    return orders.change_order(info.context, order_records.CANCEL_ORDER, input.order_id, input.idempotency_key)


@loads(order_records.CONFIRM_RECEIPT)
def _confirm_receipt(info: Info, input: Input[ConfirmReceiptInput]) -> ChangedOrder:  # noqa: A002  the same
    return orders.change_order(info.context, order_records.CONFIRM_RECEIPT, input.order_id, input.idempotency_key)


@loads(order_records.ARCHIVE_ORDER)
def _archive_order(info: Info, input: Input[ArchiveOrderInput]) -> ChangedOrder:  # noqa: A002  the same
    return orders.change_order(info.context, order_records.ARCHIVE_ORDER, input.order_id, input.idempotency_key)


@loads(order_records.UNARCHIVE_ORDER)
def _unarchive_order(info: Info, input: Input[UnarchiveOrderInput]) -> ChangedOrder:  # noqa: A002  the same
    return orders.change_order(info.context, order_records.UNARCHIVE_ORDER, input.order_id, input.idempotency_key)


@loads(order_records.REORDER)
def _reorder(info: Info, input: Input[ReorderInput]) -> Awaitable[Outcome[order_records.Reorder]]:  # noqa: A002  the same
    return orders.change_order(info.context, order_records.REORDER, input.order_id, input.idempotency_key)


@loads(order_records.MARK_UPDATES_READ)
def _mark_order_updates_read(
    info: Info,
    input: Input[MarkOrderUpdatesReadInput],  # noqa: A002  the same
) -> Awaitable[Outcome[user_records.Badges]]:
    return orders.mark_updates_read(info.context, input.order_ids, input.idempotency_key)


@loads(return_records.REQUEST_RETURN)
def _request_return(info: Info, input: Input[RequestReturnInput]) -> ChangedReturn:  # noqa: A002  the same
    items = [item.to_record() for item in input.items]
    return returns.request_return(info.context, input.order_id, input.reason, input.note, items, input.idempotency_key)


@loads(return_records.CANCEL_RETURN)
def _cancel_return(info: Info, input: Input[CancelReturnInput]) -> ChangedReturn:  # noqa: A002  the same
    return returns.cancel_return(info.context, input.return_id, input.idempotency_key)


@loads(payment_records.SET_DEFAULT_PAYMENT_METHOD)
def _set_default_payment_method(
    info: Info,
    input: Input[SetDefaultPaymentMethodInput],  # noqa: A002  the same
) -> Awaitable[Outcome[payment_records.Wallet]]:
    return payments.set_default_payment_method(info.context, input.payment_method_id, input.idempotency_key)


@loads(tag_records.TAG_PRODUCT)
def _tag_product(info: Info, input: Input[TagProductInput]) -> ChangedTag:  # noqa: A002  the same
    source = input.source.to_record() if input.source else None
    return tags.tag_product(info.context, input.product_id, input.note, input.labels, source, input.idempotency_key)


@loads(tag_records.UNTAG_PRODUCT)
def _untag_product(info: Info, input: Input[UntagProductInput]) -> ChangedTag:  # noqa: A002  the same
    return tags.untag_product(info.context, input.product_id, input.idempotency_key)


@loads(tag_records.UPDATE_TAG)
def _update_tag(info: Info, input: Input[UpdateTagInput]) -> ChangedTag:  # noqa: A002  the same
    note = msgspec.UNSET if input.note is strawberry.UNSET else input.note
    labels = msgspec.UNSET if input.labels is strawberry.UNSET else input.labels or ()
    return tags.update_tag(info.context, input.tag_id, note, labels, input.idempotency_key)


@loads(suggestion_records.DISMISS_SUGGESTION)
def _dismiss_suggestion(
    info: Info,
    input: Input[DismissSuggestionInput],  # noqa: A002  the same
) -> Awaitable[Outcome[suggestion_records.Suggestion]]:
    return suggestions.dismiss_suggestion(info.context, input.suggestion_id, input.idempotency_key)


# A write and an invalidation in all replicas, so dearer than what is read.
COST = [Cost(weight="10")]


@strawberry.type(
    description="What the viewer can change. Each change is visible in the viewer's next query.", directives=SIGNED_IN
)
class Mutation:
    """What the viewer can change."""

    cancel_order: CancelOrderPayload | None = resolved(
        _cancel_order, "Cancel an order that has not been shipped.", directives=COST
    )
    confirm_receipt: ConfirmReceiptPayload | None = resolved(
        _confirm_receipt, "Confirm that an order has arrived.", directives=COST
    )
    archive_order: ArchiveOrderPayload | None = resolved(_archive_order, "Put a finished order away.", directives=COST)
    unarchive_order: UnarchiveOrderPayload | None = resolved(
        _unarchive_order, "Bring an archived order back.", directives=COST
    )
    reorder: ReorderPayload | None = resolved(
        _reorder, "Begin a checkout with the same goods, at today's prices.", directives=COST
    )
    mark_order_updates_read: MarkOrderUpdatesReadPayload | None = resolved(
        _mark_order_updates_read, "Count the updates of orders as seen.", directives=COST
    )
    request_return: RequestReturnPayload | None = resolved(
        _request_return, "Ask a shop to take goods back.", directives=COST
    )
    cancel_return: CancelReturnPayload | None = resolved(
        _cancel_return, "Withdraw a return that is not finished.", directives=COST
    )
    set_default_payment_method: SetDefaultPaymentMethodPayload | None = resolved(
        _set_default_payment_method, "Use a payment method unless another is chosen.", directives=COST
    )
    tag_product: TagProductPayload | None = resolved(_tag_product, "Keep an eye on a product.", directives=COST)
    untag_product: UntagProductPayload | None = resolved(
        _untag_product, "Forget a product that was tagged.", directives=COST
    )
    update_tag: UpdateTagPayload | None = resolved(_update_tag, "Change a tag's note or labels.", directives=COST)
    dismiss_suggestion: DismissSuggestionPayload | None = resolved(
        _dismiss_suggestion, "Never suggest it again.", directives=COST
    )
