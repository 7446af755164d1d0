"""What customers do with orders."""

from collections.abc import Sequence

import strawberry

from downstream import checkout as checkouts
from downstream import order as records
from engine import batch_field
from resolvers.change import Outcome
from resolvers.user import order_centers_after
from schema.change import ChangeInput, Payload
from schema.checkout import Checkout
from schema.order import Order
from schema.resolved import resolved
from schema.user import OrderCenter

Reordered = Outcome[records.Reorder]


@strawberry.input(description="Names an order.")
class _OrderInput(ChangeInput):
    order_id: strawberry.ID = strawberry.field(description="Id of the viewer's order.")


@strawberry.input(description="Which order to cancel.")
class CancelOrderInput(_OrderInput):
    """Which order to cancel."""


@strawberry.input(description="Which order has arrived.")
class ConfirmReceiptInput(_OrderInput):
    """Which order has arrived."""


@strawberry.input(description="Which order to put away.")
class ArchiveOrderInput(_OrderInput):
    """Which order to put away."""


@strawberry.input(description="Which order to bring back.")
class UnarchiveOrderInput(_OrderInput):
    """Which order to bring back."""


@strawberry.input(description="Of which order to buy the same again.")
class ReorderInput(_OrderInput):
    """Of which order to buy the same again."""


@strawberry.input(description="Of which orders the updates were seen.")
class MarkOrderUpdatesReadInput(ChangeInput):
    """Of which orders the updates were seen."""

    order_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of the viewer's orders, at most 500; all of them unless given."
    )


@strawberry.type(description="What came of changing an order.")
class _OrderPayload(Payload):
    value: Order | None = strawberry.field(
        name="order", description="The order as it is now; null when nothing was done."
    )


@strawberry.type(description="What came of cancelling an order.")
class CancelOrderPayload(_OrderPayload):
    """What came of cancelling an order."""


@strawberry.type(description="What came of confirming a receipt.")
class ConfirmReceiptPayload(_OrderPayload):
    """What came of confirming a receipt."""


@strawberry.type(description="What came of putting an order away.")
class ArchiveOrderPayload(_OrderPayload):
    """What came of putting an order away."""


@strawberry.type(description="What came of bringing an order back.")
class UnarchiveOrderPayload(_OrderPayload):
    """What came of bringing an order back."""


def _checkout(root: strawberry.Parent[Reordered]) -> checkouts.Checkout | None:
    return root.value.checkout if root.value else None


def _left_out(root: strawberry.Parent[Reordered]) -> Sequence[str]:
    return root.value.left_out if root.value else ()


@strawberry.type(description="What came of ordering the same again.")
class ReorderPayload(Payload):
    """What came of ordering the same again."""

    checkout: Checkout | None = resolved(
        _checkout, "A new checkout with what can be bought now; null when nothing was done."
    )
    left_out: list[strawberry.ID] = resolved(_left_out, "Ids of the order's line items that cannot be bought now.")


@strawberry.type(description="What came of marking updates as seen.")
class MarkOrderUpdatesReadPayload(Payload):
    """What came of marking updates as seen."""

    order_center: OrderCenter | None = batch_field(
        order_centers_after,
        description="The badges as they are now; null when nothing was done, or where the page is not rolled out yet.",
    )
