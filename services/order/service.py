from services.common.app import Service
from services.common.batch import Batch, Endpoint, Keys, Rows
from services.common.changes import Command
from services.common.journal import JOURNAL
from services.common.search import Page
from services.order.actions import OrderCommand
from services.order.catalogue import Product, Shop, products_by_id, shops_by_id
from services.order.changes import MarkUpdatesRead, archive, cancel, confirm_receipt, mark_updates_read, unarchive
from services.order.checkout import CHECKOUTS, Checkout, CheckoutQuery, checkouts_by_id
from services.order.customer import Badges, Customer, badges_by_customer, customers_by_id
from services.order.order import Order, orders_by_id, orders_by_number
from services.order.orders import ORDERS, OrderQuery
from services.order.reorder import Reorder, reorder
from services.order.return_changes import RequestReturn, ReturnCommand, cancel_return, request_return
from services.order.returns import RETURNS, OrderReturns, Return, ReturnQuery, returns_by_id, returns_by_order
from services.order.shipment import Shipment, shipments_by_id
from services.order.timeline import Timeline, timelines_by_order

ORDER = Service(
    name="order",
    title="Order service",
    description="Customers, shops, products, orders, shipments, returns and checkouts.",
    endpoints=(
        Endpoint("/v1/customers:batchGet", "Customers by id", Keys, Rows[Customer], customers_by_id),
        Endpoint("/v1/badges:batchGet", "Badges by customer id", Keys, Rows[Badges], badges_by_customer),
        Endpoint("/v1/shops:batchGet", "Shops by id", Keys, Rows[Shop], shops_by_id),
        Endpoint("/v1/products:batchGet", "Products by id", Keys, Rows[Product], products_by_id),
        Endpoint("/v1/orders:batchGet", "Orders by id", Keys, Rows[Order], orders_by_id),
        Endpoint("/v1/orders:batchGetByNumber", "Orders by number", Keys, Rows[Order], orders_by_number),
        Endpoint("/v1/orders:search", "Pages of orders", Batch[OrderQuery], Rows[Page[Order]], ORDERS.search),
        Endpoint("/v1/timelines:batchGet", "Timelines by order id", Keys, Rows[Timeline], timelines_by_order),
        Endpoint("/v1/shipments:batchGet", "Shipments by id", Keys, Rows[Shipment], shipments_by_id),
        Endpoint("/v1/returns:batchGet", "Returns by id", Keys, Rows[Return], returns_by_id),
        Endpoint("/v1/returns:batchGetByOrder", "Returns by order id", Keys, Rows[OrderReturns], returns_by_order),
        Endpoint("/v1/returns:search", "Pages of returns", Batch[ReturnQuery], Rows[Page[Return]], RETURNS.search),
        Endpoint("/v1/checkouts:batchGet", "Checkouts by id", Keys, Rows[Checkout], checkouts_by_id),
        Endpoint(
            "/v1/checkouts:search", "Pages of checkouts", Batch[CheckoutQuery], Rows[Page[Checkout]], CHECKOUTS.search
        ),
        JOURNAL,
    ),
    commands=(
        Command("/v1/orders:cancel", "Cancel an order", OrderCommand, Order, cancel),
        Command("/v1/orders:confirmReceipt", "Confirm that an order arrived", OrderCommand, Order, confirm_receipt),
        Command("/v1/orders:archive", "Put an order away", OrderCommand, Order, archive),
        Command("/v1/orders:unarchive", "Bring an order back", OrderCommand, Order, unarchive),
        Command("/v1/orders:reorder", "Begin a checkout with the same goods", OrderCommand, Reorder, reorder),
        Command("/v1/orders:markUpdatesRead", "Count updates as seen", MarkUpdatesRead, Badges, mark_updates_read),
        Command("/v1/returns:request", "Ask for a return", RequestReturn, Return, request_return),
        Command("/v1/returns:cancel", "Withdraw a return", ReturnCommand, Return, cancel_return),
    ),
)
