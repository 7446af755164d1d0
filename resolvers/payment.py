"""Payments: an order's ledger, and a person's transactions and stored methods."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from downstream.order import Order
from downstream.payment import (
    SET_DEFAULT_PAYMENT_METHOD,
    Ledger,
    PaymentMethod,
    PaymentMethodCommand,
    Transaction,
    TransactionFilter,
    TransactionQuery,
    Wallet,
)
from downstream.record import Owned
from engine import attribute_of, loads
from loaders import Loaders
from resolvers import ids
from resolvers.change import Outcome, change
from resolvers.context import Context
from resolvers.many import Level, Results, each, then
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


@loads(Loaders.ledger_by_order)
def ledgers_of_orders(orders: Sequence[Order], context: Context) -> Level[Ledger]:
    """The money side of each order."""
    return context.loaders.ledger_by_order.load_level([Owned(one.id, one.customer_id) for one in orders])


payments_of_orders = attribute_of(ledgers_of_orders, "transactions")
refunds_of_orders = attribute_of(ledgers_of_orders, "refunds")
# Unknown, never 'unpaid', while the payment service cannot be asked.
financial_statuses = attribute_of(ledgers_of_orders, "financial_status")
refunded_totals = attribute_of(ledgers_of_orders, "refunded")
outstanding_totals = attribute_of(ledgers_of_orders, "outstanding")


@loads(Loaders.transactions_by_customer)
def payments_of_users(
    users: Sequence[User], context: Context, page: PageArguments, *, where: TransactionFilter | None
) -> Level[Connection[Transaction]]:
    """A page of each person's transactions, newest first."""
    query = partial(TransactionQuery, filter=where)
    loader = context.loaders.transactions_by_customer
    return connections(users, context, page, loader, query, scope="payments")


@loads(Loaders.wallet_by_customer)
def payment_methods_of_users(users: Sequence[User], context: Context) -> Level[Sequence[PaymentMethod]]:
    """Each person's stored payment methods; a person without a wallet has none."""
    wallets = context.loaders.wallet_by_customer.load_level([Owned(person.id, person.id) for person in users])
    return then(each(wallets, attrgetter("payment_methods")), _none_without_wallet)


async def set_default_payment_method(context: Context, method_id: str, key: str | None) -> Outcome[Wallet]:
    """Use a payment method of the viewer's unless another is chosen."""
    body = partial(PaymentMethodCommand, payment_method_id=ids.check(method_id, "pm", "input.paymentMethodId"))
    return await change(context, SET_DEFAULT_PAYMENT_METHOD, body, key, subject="paymentMethodId")


def _none_without_wallet(methods: Results[Sequence[PaymentMethod]]) -> Results[Sequence[PaymentMethod]]:
    return [() if stored is None else stored for stored in methods]
