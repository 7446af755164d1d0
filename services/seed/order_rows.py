from services.seed.clock import NOW
from services.seed.ids import EVENT, INVOICE, RETURN
from services.seed.loader import Loader
from services.seed.orders import Order


def write_order(to: Loader, order: Order) -> None:
    """Write an order with everything that hangs on it into the order database."""
    _write_head(to, order)
    _write_lines(to, order)
    _write_parcels(to, order)
    _write_returns(to, order)
    number = order.plan.number
    to.add_all(
        "timeline_events",
        [
            (order.id, place, EVENT.id(number, place), told.kind, told.at, told.actor, told.actor_name, told.message)
            for place, told in enumerate(order.events)
        ],
    )
    if order.invoice:
        name, issued_at = order.invoice
        url = f"https://invoices.example.com/{name}.pdf"
        to.add("invoices", (INVOICE.id(number), order.id, name, issued_at, url))


def _write_head(to: Loader, order: Order) -> None:
    plan, basket, course = order.plan, order.basket, order.plan.course
    arrived = order.status in {"DELIVERED", "COMPLETED"}
    cancelled = order.status == "CANCELLED"
    to.add(
        "orders",
        (
            order.id,
            plan.customer.id,
            plan.shop.id,
            order.number,
            order.confirmation,
            order.status,
            order.account.status,
            order.fulfillment_status,
            course.placed,
            order.updated_at,
            course.cancelled if cancelled else None,
            order.cancel_reason,
            course.delivered if arrived else None,
            course.received if arrived and course.received <= NOW else None,
            order.reviewed,
            order.archived,
            order.unread,
            order.note,
            plan.shop.currency.code,
            basket.subtotal,
            basket.discount,
            basket.shipping,
            basket.tax,
            basket.tip,
            basket.total,
            plan.shop.currency.thousandths(basket.total),
            order.shipping_address,
            order.billing_address,
            order.search_text,
        ),
    )


def _write_lines(to: Loader, order: Order) -> None:
    paid = order.account.sum("CHARGE") > 0
    for position, line in enumerate(order.basket.lines):
        to.add(
            "line_items",
            (
                line.id,
                order.id,
                position,
                line.product.id,
                line.product.title,
                line.variant,
                line.product.image_url,
                line.sku,
                line.quantity,
                line.fulfilled,
                line.quantity - line.refunded if paid else 0,
                line.unit_price,
                line.discount,
                line.total,
                *line.source,
            ),
        )
        for place, (title, amount) in enumerate(line.discounts):
            to.add("discounts", (line.id, place, title, amount))


def _write_parcels(to: Loader, order: Order) -> None:
    customer = order.plan.customer.id
    for position, parcel in enumerate(order.parcels):
        to.add(
            "shipments",
            (
                parcel.id,
                order.id,
                customer,
                position,
                parcel.carrier,
                parcel.tracking_number,
                parcel.tracking_url,
                parcel.status,
                parcel.estimated_at,
                parcel.shipped_at,
                parcel.delivered_at,
            ),
        )
        to.add_all(
            "shipment_items", [(parcel.id, place, line.id, line.quantity) for place, line in enumerate(parcel.lines)]
        )
        to.add_all("tracking_events", [(parcel.id, place, *event) for place, event in enumerate(parcel.events)])


def _write_returns(to: Loader, order: Order) -> None:
    for part, case in enumerate(order.returns):
        return_id = RETURN.id(order.plan.number, part)
        to.add(
            "returns",
            (
                return_id,
                order.id,
                order.plan.customer.id,
                f"RT-{300_000 + 2 * order.plan.rank + part}",
                case.status,
                case.reason,
                case.note,
                case.course.requested,
                case.updated_at,
                case.closed_at,
                case.decline_reason,
                order.plan.shop.currency.code,
                case.paid_back,
            ),
        )
        for place, (line, quantity) in enumerate(case.items):
            to.add("return_items", (return_id, place, line.id, line.product.title, quantity))
