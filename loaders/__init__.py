"""What is fetched, batched and cached, and for how long: every loader's policy is in this one place."""

from collections.abc import Mapping

from downstream import (
    checkout,
    order,
    payment,
    product,
    recently_viewed,
    returns,
    shipment,
    shop,
    suggestion,
    tag,
    timeline,
    user,
)
from downstream.client import ServiceClient
from loaders.cache import Cache
from loaders.declaration import Declaration
from loaders.progress import Progress


class Loaders:
    """One request's loaders, named ``<what>_by_<key>``. Each is made when it is first used.

    Times to live are short where a person watches the value change and long where it hardly does.

    Args:
        services: Client of each service, by its name.
        cache: Shared by all requests.
        patience: Seconds that a loader waits at most for its feeders.
    """

    customer_by_id = Declaration(user.CUSTOMER_BY_ID, ttl=60)
    badges_by_customer = Declaration(user.BADGES_BY_CUSTOMER, ttl=5)

    orders_by_customer = Declaration(order.ORDERS_BY_CUSTOMER, ttl=5)
    returns_by_customer = Declaration(returns.RETURNS_BY_CUSTOMER, ttl=5)
    transactions_by_customer = Declaration(payment.TRANSACTIONS_BY_CUSTOMER, ttl=5)
    checkouts_by_customer = Declaration(checkout.CHECKOUTS_BY_CUSTOMER, ttl=5)
    tags_by_customer = Declaration(tag.TAGS_BY_CUSTOMER, ttl=15)
    suggestions_by_customer = Declaration(suggestion.SUGGESTIONS_BY_CUSTOMER, ttl=60)
    views_by_customer = Declaration(recently_viewed.VIEWS_BY_CUSTOMER, ttl=15)
    wallet_by_customer = Declaration(payment.WALLET_BY_CUSTOMER, ttl=15)

    return_by_id = Declaration(returns.RETURN_BY_ID, ttl=5)
    checkout_by_id = Declaration(checkout.CHECKOUT_BY_ID, ttl=5)
    shipment_by_id = Declaration(shipment.SHIPMENT_BY_ID, ttl=5)
    transaction_by_id = Declaration(payment.TRANSACTION_BY_ID, ttl=5)
    refund_by_id = Declaration(payment.REFUND_BY_ID, ttl=15)
    payment_method_by_id = Declaration(payment.PAYMENT_METHOD_BY_ID, ttl=15)
    tag_by_id = Declaration(tag.TAG_BY_ID, ttl=15)
    suggestion_by_id = Declaration(suggestion.SUGGESTION_BY_ID, ttl=60)

    order_by_number = Declaration(order.ORDER_BY_NUMBER, ttl=5)
    order_by_id = Declaration(
        order.ORDER_BY_ID,
        ttl=5,
        feeders=(returns_by_customer, transactions_by_customer, suggestions_by_customer, return_by_id, shipment_by_id),
    )
    ledger_by_order = Declaration(payment.LEDGER_BY_ORDER, ttl=5, feeders=(orders_by_customer, order_by_id))
    timeline_by_order = Declaration(timeline.TIMELINE_BY_ORDER, ttl=5, feeders=(orders_by_customer, order_by_id))
    returns_by_order = Declaration(returns.RETURNS_BY_ORDER, ttl=5, feeders=(orders_by_customer, order_by_id))

    product_by_id = Declaration(
        product.PRODUCT_BY_ID,
        ttl=300,
        feeders=(
            orders_by_customer,
            order_by_id,
            checkouts_by_customer,
            tags_by_customer,
            suggestions_by_customer,
            views_by_customer,
        ),
    )
    shop_by_id = Declaration(
        shop.SHOP_BY_ID, ttl=300, feeders=(orders_by_customer, order_by_id, checkouts_by_customer, product_by_id)
    )

    def __init__(self, services: Mapping[str, ServiceClient], cache: Cache, *, patience: float) -> None:
        self.services = services
        self.cache = cache
        self.progress = Progress(patience)

    def clear(self) -> None:
        """Forget what this request has loaded; its next loads read again."""
        for name in [name for name in self.__dict__ if isinstance(getattr(type(self), name, None), Declaration)]:
            del self.__dict__[name]
