"""What carriers do."""

from services.common.database import Writer
from services.common.ids import new_id
from services.order.timeline import mark_changed, tell
from services.simulator.shop import said

_CARRIER = "Swift Pigeon"
_DAYS_TO_DELIVER = 2

_SHIPMENT = """
    INSERT INTO shipments (id, order_id, customer_id, position, carrier, tracking_number, tracking_url, status,
        estimated_delivery_at)
    SELECT ?, id, customer_id, (SELECT count(*) FROM shipments s WHERE s.order_id = orders.id), ?, ?, ?,
        'LABEL_PURCHASED', ?
    FROM orders WHERE id = ?
"""
# What is in no parcel yet goes into this one.
_FILL = """
    INSERT INTO shipment_items (shipment_id, position, line_item_id, quantity)
    SELECT s.id, (SELECT coalesce(max(position), -1) FROM shipment_items WHERE shipment_id = s.id)
        + row_number() OVER (ORDER BY i.position), i.id, i.quantity
    FROM line_items i JOIN shipments s ON s.order_id = i.order_id AND s.id = ?
    WHERE i.id NOT IN (SELECT line_item_id FROM shipment_items JOIN shipments p ON p.id = shipment_id
        WHERE p.order_id = i.order_id AND p.status <> 'FAILURE')
"""
# What could not be delivered is packed anew.
_PACKED = "SELECT id FROM shipments WHERE order_id = ? AND status <> 'FAILURE' ORDER BY position"
_EVENT = """
    INSERT INTO tracking_events (shipment_id, position, status, happened_at, message, place)
    SELECT id, (SELECT coalesce(max(position), -1) + 1 FROM tracking_events WHERE shipment_id = shipments.id),
        ?, ?, ?, (SELECT city FROM orders o JOIN addresses a ON a.id = o.shipping_address_id WHERE o.id = order_id)
    FROM shipments WHERE id = ?
"""
_LEFT = "UPDATE orders SET status = 'IN_TRANSIT', fulfillment_status = 'FULFILLED' WHERE id = ?"
_ON_ITS_WAY = """
    SELECT id, status, (SELECT count(*) FROM tracking_events e WHERE e.shipment_id = shipments.id
        AND e.status = 'IN_TRANSIT')
    FROM shipments WHERE order_id = ? AND status NOT IN ('DELIVERED', 'FAILURE', 'READY_FOR_PICKUP', 'PICKED_UP')
    ORDER BY position
"""
_SCANS_ON_THE_WAY = 2


def pack_or_ship(writer: Writer, order: str) -> str:
    """Pack an order, or, when it is packed, take it along."""
    shipments = [row[0] for row in writer.rows(_PACKED, (order,))]
    return _ship(writer, order, shipments) if shipments else _pack(writer, order)


def scan(writer: Writer, order: str) -> str:
    """Carry an order's next parcel on by one stop."""
    parcels = writer.rows(_ON_ITS_WAY, (order,))
    shipment, status, scans = parcels[0]
    if status == "OUT_FOR_DELIVERY":
        return _deliver(writer, order, shipment, is_last=len(parcels) == 1)
    if scans < _SCANS_ON_THE_WAY:
        message = "Arrived at the delivery depot" if scans else "Left the sorting centre"
        _move(writer, shipment, "IN_TRANSIT", message)
    else:
        message = "Out for delivery"
        _move(writer, shipment, "OUT_FOR_DELIVERY", message)
    # A scan is no entry of the timeline.
    mark_changed(writer, order, unread=1)
    return said(writer, order, message)


def _pack(writer: Writer, order: str) -> str:
    shipment = new_id("shm")
    tracking = f"SW{shipment[-12:]}"
    url, estimated = f"https://tracking.example.com/{tracking}", writer.seconds + _DAYS_TO_DELIVER * 86_400
    writer.change(_SHIPMENT, shipment, _CARRIER, tracking, url, estimated, order)
    writer.change(_FILL, shipment)
    writer.change(_EVENT, "CONFIRMED", writer.seconds, "The shop announced your parcel", shipment)
    writer.change(_EVENT, "LABEL_PURCHASED", writer.seconds, "The label was printed", shipment)
    tell(writer, order, "PACKED", "Packed", actor="SHOP", name=None)
    return said(writer, order, "packed")


def _ship(writer: Writer, order: str, shipments: list[str]) -> str:
    writer.change(_FILL, shipments[0])
    for shipment in shipments:
        writer.change("UPDATE shipments SET shipped_at = ? WHERE id = ?", writer.seconds, shipment)
        _move(writer, shipment, "CARRIER_PICKED_UP", "The carrier has your parcel")
    writer.change(_LEFT, order)
    writer.change("UPDATE line_items SET fulfilled_quantity = quantity WHERE order_id = ?", order)
    tell(writer, order, "SHIPPED", "On its way to you", actor="CARRIER", name=_CARRIER)
    return said(writer, order, "shipped")


def _deliver(writer: Writer, order: str, shipment: str, *, is_last: bool) -> str:
    writer.change("UPDATE shipments SET delivered_at = ? WHERE id = ?", writer.seconds, shipment)
    _move(writer, shipment, "DELIVERED", "Delivered: left in the parcel box")
    if is_last:
        writer.change("UPDATE orders SET status = 'DELIVERED', delivered_at = ? WHERE id = ?", writer.seconds, order)
    tell(writer, order, "DELIVERED", "Delivered", actor="CARRIER", name=_CARRIER)
    return said(writer, order, "delivered")


def _move(writer: Writer, shipment: str, status: str, message: str) -> None:
    writer.change("UPDATE shipments SET status = ? WHERE id = ?", status, shipment)
    writer.change(_EVENT, status, writer.seconds, message, shipment)
