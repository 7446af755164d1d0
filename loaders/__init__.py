"""What is fetched, batched and cached, and for how long: every loader's policy is in this one place."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from downstream import (
    checkout,
    journal,
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
from loaders import tags
from loaders.declaration import Declaration
from loaders.kept import Part
from loaders.loader import Loader
from loaders.policy import Policy
from loaders.progress import Progress
from loaders.source import Source
from loaders.sources import Sources
from loaders.tags import its_order, its_product, on_page

K = TypeVar("K")
V = TypeVar("V")


class Loaders:
    """One request's loaders, named ``<what>_by_<key>``. Each is made when it is first used.

    Times to live are short where a person watches the value change and long where it hardly does. They bound what an
    event that never came can do; with events a change shows at once (docs/cache.md).

    Args:
        sources: Where values come from; shared by all requests.
        patience: Seconds that a loader waits at most for its feeders.
        deadline: Time of the event loop after which nothing is waited for any more.
    """

    customer_by_id = Declaration(user.CUSTOMER_BY_ID, Policy(ttl=60, stale=3600))
    badges_by_customer = Declaration(user.BADGES_BY_CUSTOMER, Policy(ttl=5, group="orders"))

    orders_by_customer = Declaration(
        order.ORDERS_BY_CUSTOMER, Policy(ttl=5, group="orders", mentions=on_page(tags.order))
    )
    returns_by_customer = Declaration(
        returns.RETURNS_BY_CUSTOMER, Policy(ttl=5, group="orders", mentions=on_page(its_order))
    )
    transactions_by_customer = Declaration(
        payment.TRANSACTIONS_BY_CUSTOMER, Policy(ttl=5, group="payments", mentions=on_page(its_order))
    )
    checkouts_by_customer = Declaration(checkout.CHECKOUTS_BY_CUSTOMER, Policy(ttl=5, group="orders"))
    tags_by_customer = Declaration(tag.TAGS_BY_CUSTOMER, Policy(ttl=15, group="tags", mentions=on_page(its_product)))
    suggestions_by_customer = Declaration(
        suggestion.SUGGESTIONS_BY_CUSTOMER, Policy(ttl=60, stale=3600, group="suggestions")
    )
    views_by_customer = Declaration(recently_viewed.VIEWS_BY_CUSTOMER, Policy(ttl=15, group="views"))
    wallet_by_customer = Declaration(payment.WALLET_BY_CUSTOMER, Policy(ttl=15, group="payments"))

    order_journal_by_customer = Declaration(journal.ORDER_JOURNAL, Policy(ttl=5, group="orders"))
    payment_journal_by_customer = Declaration(journal.PAYMENT_JOURNAL, Policy(ttl=5, group="payments"))
    recs_journal_by_customer = Declaration(
        journal.RECS_JOURNAL, Policy(ttl=5, group="tags", mentions=tags.its_suggestions)
    )

    return_by_id = Declaration(returns.RETURN_BY_ID, Policy(ttl=5, subject="return", mentions=its_order))
    checkout_by_id = Declaration(checkout.CHECKOUT_BY_ID, Policy(ttl=5, subject="checkout", group="orders"))
    shipment_by_id = Declaration(shipment.SHIPMENT_BY_ID, Policy(ttl=5, subject="shipment", mentions=its_order))
    transaction_by_id = Declaration(payment.TRANSACTION_BY_ID, Policy(ttl=5, subject="payment", mentions=its_order))
    refund_by_id = Declaration(payment.REFUND_BY_ID, Policy(ttl=15, subject="refund", mentions=its_order))
    payment_method_by_id = Declaration(payment.PAYMENT_METHOD_BY_ID, Policy(ttl=15, group="payments"))
    tag_by_id = Declaration(tag.TAG_BY_ID, Policy(ttl=15, subject="tag", group="tags", mentions=its_product))
    suggestion_by_id = Declaration(
        suggestion.SUGGESTION_BY_ID, Policy(ttl=60, subject="suggestion", group="suggestions")
    )

    order_by_number = Declaration(order.ORDER_BY_NUMBER, Policy(ttl=5, group="orders", mentions=tags.order))
    order_by_id = Declaration(
        order.ORDER_BY_ID,
        Policy(ttl=5, subject="order"),
        feeders=(returns_by_customer, transactions_by_customer, suggestions_by_customer, return_by_id, shipment_by_id),
    )
    ledger_by_order = Declaration(
        payment.LEDGER_BY_ORDER, Policy(ttl=5, subject="order"), feeders=(orders_by_customer, order_by_id)
    )
    timeline_by_order = Declaration(
        timeline.TIMELINE_BY_ORDER, Policy(ttl=5, subject="order"), feeders=(orders_by_customer, order_by_id)
    )
    returns_by_order = Declaration(
        returns.RETURNS_BY_ORDER, Policy(ttl=5, subject="order"), feeders=(orders_by_customer, order_by_id)
    )

    product_by_id = Declaration(
        product.PRODUCT_BY_ID,
        Policy(ttl=300, stale=3600, subject="product"),
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
        shop.SHOP_BY_ID,
        Policy(ttl=300, stale=3600, subject="shop"),
        feeders=(orders_by_customer, order_by_id, checkouts_by_customer, product_by_id),
    )

    def __init__(self, sources: Sources, *, patience: float, deadline: float) -> None:
        self.progress = Progress(patience)
        self.deadline = deadline
        self._sources = sources

    @classmethod
    def declarations(cls) -> Sequence[Declaration[Any, Any]]:
        """Return all loaders as they are declared."""
        return [one for one in vars(cls).values() if isinstance(one, Declaration)]

    def clear(self) -> None:
        """Forget what this request has loaded; its next loads read again."""
        for name in [one.name for one in self.declarations() if one.name in self.__dict__]:
            del self.__dict__[name]

    def parts(self) -> list[Part] | None:
        """Return what vouches for all that this request has loaded; None where nothing does for some of it."""
        parts: list[Part] = []
        for one in self._made():
            some = one.parts()
            if some is None:
                return None
            parts += some
        return parts

    def stale_services(self) -> Sequence[str]:
        """Return the names of the services whose values are past their time in this request, because they failed."""
        return sorted({one.service for one in self._made() if one.is_stale})

    def _made(self) -> Iterable[Loader[Any, Any]]:
        return (one for one in self.__dict__.values() if isinstance(one, Loader))

    def source(self, declaration: Declaration[K, V]) -> Source[K, V]:
        """Return the process's side of a loader."""
        return self._sources.of(declaration)
