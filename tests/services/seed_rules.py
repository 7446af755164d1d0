"""What holds of the demo data: the states that must occur, and queries that find what breaks a rule."""

ENUMS = {
    ("order", "orders", "status"): "UNPAID ON_HOLD AWAITING_SHIPMENT PARTIALLY_SHIPPED AWAITING_COLLECTION IN_TRANSIT"
    " DELIVERED COMPLETED CANCELLED",
    ("order", "orders", "financial_status"): "PENDING AUTHORIZED PARTIALLY_PAID PAID PARTIALLY_REFUNDED REFUNDED VOIDED"
    " EXPIRED",
    ("order", "orders", "fulfillment_status"): "UNFULFILLED PARTIALLY_FULFILLED FULFILLED",
    ("order", "orders", "cancel_reason"): "CUSTOMER INVENTORY PAYMENT FRAUD OTHER",
    ("order", "line_items", "source_channel"): "VIDEO LIVE SHOP SEARCH ORDER_CENTER",
    ("order", "shipments", "status"): "CONFIRMED LABEL_PURCHASED CARRIER_PICKED_UP IN_TRANSIT OUT_FOR_DELIVERY"
    " ATTEMPTED_DELIVERY DELAYED DELIVERED READY_FOR_PICKUP PICKED_UP FAILURE",
    ("order", "tracking_events", "status"): "CONFIRMED LABEL_PURCHASED CARRIER_PICKED_UP IN_TRANSIT OUT_FOR_DELIVERY"
    " ATTEMPTED_DELIVERY DELAYED DELIVERED READY_FOR_PICKUP PICKED_UP FAILURE",
    (
        "order",
        "timeline_events",
        "kind",
    ): "PLACED PAYMENT_AUTHORIZED PAID PAYMENT_FAILED ON_HOLD RELEASED PACKED SHIPPED"
    " READY_FOR_COLLECTION DELIVERED RECEIPT_CONFIRMED CANCELLED RETURN_REQUESTED RETURN_UPDATED REFUNDED NOTE",
    ("order", "timeline_events", "actor"): "CUSTOMER SHOP CARRIER PAYMENT_PROVIDER SUPPORT SYSTEM",
    ("order", "returns", "status"): "REQUESTED OPEN DECLINED CANCELED CLOSED",
    ("order", "returns", "reason"): "DAMAGED DEFECTIVE WRONG_ITEM NOT_AS_DESCRIBED SIZE_OR_FIT CHANGED_MIND OTHER",
    ("order", "checkouts", "state"): "OPEN ABANDONED",
    ("payment", "ledgers", "financial_status"): "PENDING AUTHORIZED PARTIALLY_PAID PAID PARTIALLY_REFUNDED REFUNDED"
    " VOIDED EXPIRED",
    ("payment", "transactions", "kind"): "AUTHORIZATION CHARGE REFUND VOID CHARGEBACK",
    ("payment", "transactions", "status"): "PENDING SUCCESS FAILURE ACTION_REQUIRED",
    ("payment", "transactions", "method"): "CARD WALLET BANK_TRANSFER PAY_LATER GIFT_CARD CASH_ON_DELIVERY",
    ("recs", "suggestions", "reason"): "BOUGHT_TOGETHER SIMILAR TAGGED_BEFORE TRENDING VIEWED",
    ("recs", "suggestions", "placement"): "ORDER_CENTER ORDER_DETAIL CHECKOUT HOME",
    ("recs", "tags", "source_channel"): "VIDEO LIVE SHOP SEARCH ORDER_CENTER",
}

# What must not be: each query finds the rows that break a rule.
BROKEN = {
    "the total is the sum of its parts": """
        SELECT id FROM orders WHERE total <> subtotal - total_discount + total_shipping + total_tax + total_tip""",
    "subtotal and discount are those of the lines": """
        SELECT o.id FROM orders o JOIN line_items l ON l.order_id = o.id GROUP BY o.id
        HAVING o.subtotal <> sum(l.unit_price * l.quantity) OR o.total_discount <> sum(l.total_discount)""",
    "a line's discounts add up": """
        SELECT l.id FROM line_items l LEFT JOIN discounts d ON d.line_item_id = l.id GROUP BY l.id
        HAVING l.total_discount <> coalesce(sum(d.amount), 0)""",
    "every order has lines, and bills are positive": """
        SELECT id FROM orders o WHERE total <= 0 OR id NOT IN (SELECT order_id FROM line_items)""",
    "an order is of one shop": """
        SELECT l.id FROM line_items l JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product_id
        JOIN shops s ON s.id = o.shop_id
        WHERE p.shop_id <> s.id OR p.currency <> s.currency OR o.currency <> s.currency""",
    "orders have a ledger that says the same": """
        SELECT o.id FROM orders o LEFT JOIN payment.ledgers p ON p.order_id = o.id
        WHERE (p.customer_id, p.total, p.currency, p.financial_status)
            IS NOT (o.customer_id, o.total, o.currency, o.financial_status)""",
    "a ledger is the sum of its transactions": """
        SELECT p.order_id FROM payment.ledgers p LEFT JOIN payment.transactions t ON t.order_id = p.order_id
        GROUP BY p.order_id HAVING (p.authorized, p.captured, p.refunded) IS NOT (
            coalesce(sum(t.amount) FILTER (WHERE t.kind = 'AUTHORIZATION' AND t.status = 'SUCCESS'), 0),
            coalesce(sum(t.amount) FILTER (WHERE t.kind = 'CHARGE' AND t.status = 'SUCCESS'), 0),
            coalesce(sum(t.amount) FILTER (WHERE t.kind = 'REFUND' AND t.status = 'SUCCESS'), 0))""",
    "nothing is charged twice": "SELECT order_id FROM payment.ledgers WHERE captured > total OR refunded > captured",
    "outstanding is what was not charged, or nothing once cancelled": """
        SELECT o.id FROM orders o JOIN payment.ledgers p ON p.order_id = o.id
        WHERE p.outstanding <> CASE o.status WHEN 'CANCELLED' THEN 0 ELSE p.total - p.captured END""",
    "the financial status follows from the sums": """
        SELECT order_id FROM payment.ledgers WHERE NOT CASE financial_status
            WHEN 'PENDING' THEN captured = 0 AND authorized = 0
            WHEN 'AUTHORIZED' THEN captured = 0 AND authorized > 0
            WHEN 'PARTIALLY_PAID' THEN captured BETWEEN 1 AND total - 1 AND refunded = 0
            WHEN 'PAID' THEN captured = total AND refunded = 0 AND outstanding = 0
            WHEN 'PARTIALLY_REFUNDED' THEN refunded BETWEEN 1 AND captured - 1
            WHEN 'REFUNDED' THEN refunded = captured AND captured > 0
            ELSE captured = 0 AND outstanding = 0 END""",
    "unpaid orders are not paid": """
        SELECT o.id FROM orders o JOIN payment.ledgers p ON p.order_id = o.id
        WHERE o.status = 'UNPAID' AND (p.captured <> 0 OR p.authorized <> 0 OR p.outstanding <> p.total)""",
    "what has arrived is paid": """
        SELECT o.id FROM orders o JOIN payment.ledgers p ON p.order_id = o.id
        WHERE o.status IN ('DELIVERED', 'COMPLETED') AND p.captured <> p.total""",
    "only failures have a reason": """
        SELECT id FROM payment.transactions WHERE (failure_reason IS NULL) = (status = 'FAILURE')""",
    "a refund has its transaction": """
        SELECT r.id FROM payment.refunds r LEFT JOIN payment.transactions t ON t.id = r.transaction_id
        WHERE (t.kind, t.amount, t.order_id) IS NOT ('REFUND', r.amount, r.order_id)""",
    "and the other way round": """
        SELECT id FROM payment.transactions
        WHERE kind = 'REFUND' AND id NOT IN (SELECT transaction_id FROM payment.refunds)""",
    "a refund's items are worth no more than it": """
        SELECT r.id FROM payment.refunds r JOIN payment.refund_items i ON i.refund_id = r.id
        GROUP BY r.id HAVING sum(i.amount) > r.amount""",
    "what was refunded cannot be refunded again": """
        SELECT l.id FROM line_items l JOIN payment.refund_items i ON i.line_item_id = l.id
        GROUP BY l.id HAVING l.refundable_quantity + sum(i.quantity) > l.quantity""",
    "nothing is refundable before it is paid": """
        SELECT l.id FROM line_items l JOIN payment.ledgers p ON p.order_id = l.order_id
        WHERE l.refundable_quantity > 0 AND p.captured = 0""",
    "fulfilled is what has left": """
        SELECT l.id FROM line_items l LEFT JOIN shipment_items i ON i.line_item_id = l.id
            LEFT JOIN shipments s ON s.id = i.shipment_id GROUP BY l.id
        HAVING l.fulfilled_quantity <> coalesce(sum(i.quantity) FILTER (
            WHERE s.status <> 'FAILURE' AND (s.shipped_at IS NOT NULL OR s.status = 'PICKED_UP')), 0)""",
    "the fulfilment status follows from the lines": """
        SELECT o.id FROM orders o JOIN line_items l ON l.order_id = o.id GROUP BY o.id
        HAVING o.fulfillment_status <> CASE sum(l.fulfilled_quantity)
            WHEN 0 THEN 'UNFULFILLED' WHEN sum(l.quantity) THEN 'FULFILLED' ELSE 'PARTIALLY_FULFILLED' END""",
    "what is delivered has arrived as a whole": """
        SELECT o.id FROM orders o WHERE (status IN ('DELIVERED', 'COMPLETED')) <> (delivered_at IS NOT NULL)
            OR delivered_at IS NOT NULL AND (fulfillment_status <> 'FULFILLED' OR EXISTS (
                SELECT 1 FROM shipments s WHERE s.order_id = o.id
                AND s.status NOT IN ('DELIVERED', 'PICKED_UP', 'FAILURE')))""",
    "what is cancelled has not arrived": """
        SELECT o.id FROM orders o WHERE status = 'CANCELLED' AND (fulfillment_status <> 'UNFULFILLED'
            OR EXISTS (SELECT 1 FROM shipments s WHERE s.order_id = o.id AND s.delivered_at IS NOT NULL))""",
    "what is partially shipped has more to come": """
        SELECT id FROM orders WHERE status = 'PARTIALLY_SHIPPED' AND fulfillment_status <> 'PARTIALLY_FULFILLED'""",
    "what is on its way has left": """
        SELECT id FROM orders WHERE status = 'IN_TRANSIT' AND fulfillment_status <> 'FULFILLED'""",
    "what waits to be collected is ready": """
        SELECT o.id FROM orders o WHERE status = 'AWAITING_COLLECTION' AND NOT EXISTS (
            SELECT 1 FROM shipments s WHERE s.order_id = o.id AND s.status = 'READY_FOR_PICKUP')""",
    "a shipment is where its last event was": """
        SELECT s.id FROM shipments s WHERE status IS NOT (
            SELECT e.status FROM tracking_events e WHERE e.shipment_id = s.id ORDER BY position DESC LIMIT 1)
            OR (delivered_at IS NOT NULL) <> (status IN ('DELIVERED', 'PICKED_UP'))""",
    "a shipment is of its order's customer and lines": """
        SELECT s.id FROM shipments s JOIN orders o ON o.id = s.order_id JOIN shipment_items i ON i.shipment_id = s.id
        JOIN line_items l ON l.id = i.line_item_id
        WHERE s.customer_id <> o.customer_id OR l.order_id <> o.id OR i.quantity > l.quantity""",
    "tracking runs forward, until now": """
        SELECT a.shipment_id FROM tracking_events a LEFT JOIN tracking_events b
            ON b.shipment_id = a.shipment_id AND b.position = a.position + 1
        WHERE a.happened_at > :now OR a.happened_at > b.happened_at""",
    "timelines run forward, until now, and begin with the order": """
        SELECT a.order_id FROM timeline_events a JOIN orders o ON o.id = a.order_id LEFT JOIN timeline_events b
            ON b.order_id = a.order_id AND b.position = a.position + 1
        WHERE a.happened_at > :now OR a.happened_at > b.happened_at
            OR (a.position = 0) <> (a.kind = 'PLACED') OR a.position = 0 AND a.happened_at <> o.placed_at""",
    "an order that was cancelled, paid or delivered says so": """
        SELECT o.id FROM orders o LEFT JOIN timeline_events e ON e.order_id = o.id GROUP BY o.id HAVING
            max(e.kind = 'CANCELLED') <> (o.status = 'CANCELLED')
            OR max(e.kind = 'DELIVERED') < (o.delivered_at IS NOT NULL)
            OR max(e.kind = 'RECEIPT_CONFIRMED') <> (o.received_at IS NOT NULL)
            OR max(e.kind = 'PAID') < (o.financial_status IN ('PAID', 'PARTIALLY_PAID', 'REFUNDED'))
            OR max(e.kind = 'REFUNDED') < (o.financial_status IN ('REFUNDED', 'PARTIALLY_REFUNDED'))""",
    "returns follow a delivery and go no further than the purchase": """
        SELECT r.id FROM returns r JOIN orders o ON o.id = r.order_id JOIN return_items i ON i.return_id = r.id
        JOIN line_items l ON l.id = i.line_item_id
        WHERE coalesce(r.requested_at < o.delivered_at, 1) OR i.quantity > l.quantity OR l.order_id <> o.id
            OR r.customer_id <> o.customer_id OR r.requested_at > o.delivered_at + 30 * 86400""",
    "a return's dates and money follow from its status": """
        SELECT id FROM returns WHERE (closed_at IS NULL) <> (status IN ('REQUESTED', 'OPEN'))
            OR (decline_reason IS NULL) = (status = 'DECLINED') OR (refund_amount IS NULL) = (status = 'CLOSED')
            OR updated_at > :now""",
    "times lie in order": """
        SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id
        WHERE o.placed_at < c.member_since OR o.updated_at < o.placed_at OR o.updated_at > :now
            OR o.placed_at < :now - 1096 * 86400""",
    "totals of all currencies sort by amount": """
        SELECT id FROM orders WHERE total_thousandths <> total * CASE
            WHEN currency IN ('JPY', 'KRW') THEN 1000 WHEN currency IN ('KWD', 'BHD') THEN 1 ELSE 10 END""",
    "a checkout costs what is in it": """
        SELECT c.id FROM checkouts c JOIN checkout_items i ON i.checkout_id = c.id
        GROUP BY c.id HAVING c.total <> sum(i.quantity * i.unit_price)""",
    "recs knows the catalogue": """
        SELECT p.id FROM products p LEFT JOIN recs.products r ON r.id = p.id
        WHERE (r.title, r.currency, r.price, r.in_stock) IS NOT (p.title, p.currency, p.price, p.in_stock)""",
    "a suggestion is for something new that can be bought": """
        SELECT s.id FROM recs.suggestions s JOIN products p ON p.id = s.product_id
        WHERE NOT p.in_stock OR s.because_product_id = s.product_id""",
    "a suggestion's order is the customer's, with the product it follows from": """
        SELECT s.id FROM recs.suggestions s LEFT JOIN orders o ON o.id = s.because_order_id
        WHERE s.because_order_id IS NOT NULL AND (o.customer_id <> s.customer_id OR NOT EXISTS (
            SELECT 1 FROM line_items l WHERE l.order_id = o.id AND l.product_id = s.because_product_id))
            OR s.reason = 'BOUGHT_TOGETHER' AND s.because_order_id IS NULL""",
    "what was tagged before is a tag": """
        SELECT s.id FROM recs.suggestions s WHERE s.reason = 'TAGGED_BEFORE' AND NOT EXISTS (
            SELECT 1 FROM recs.tags t WHERE t.customer_id = s.customer_id AND t.product_id = s.because_product_id)""",
}
