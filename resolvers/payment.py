"""Payments: an order's ledger, and a person's transactions and stored methods."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from downstream.order import Order
from downstream.payment import (
    SET_DEFAULT_PAYMENT_METHOD,
    FinancialStatus,
    Ledger,
    PaymentMethod,
    PaymentMethodCommand,
    Refund,
    Transaction,
    TransactionFilter,
    TransactionQuery,
    Wallet,
)
from downstream.record import Money, Owned
from resolvers import ids
from resolvers.change import Outcome, change
from resolvers.context import Context
from resolvers.many import Results, each
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


async def payments_of_orders(orders: Sequence[Order], context: Context) -> Results[Sequence[Transaction]]:
    """All transactions of each order, oldest first."""
    return each(await _ledgers(orders, context), attrgetter("transactions"))


async def refunds_of_orders(orders: Sequence[Order], context: Context) -> Results[Sequence[Refund]]:
    """All refunds of each order, oldest first."""
    return each(await _ledgers(orders, context), attrgetter("refunds"))


async def financial_statuses(orders: Sequence[Order], context: Context) -> Results[FinancialStatus]:
    """How much of each order is paid. Unknown, never 'unpaid', while the payment service cannot be asked."""
    return each(await _ledgers(orders, context), attrgetter("financial_status"))


async def refunded_totals(orders: Sequence[Order], context: Context) -> Results[Money]:
    """What was given back of each order."""
    return each(await _ledgers(orders, context), attrgetter("refunded"))


async def outstanding_totals(orders: Sequence[Order], context: Context) -> Results[Money]:
    """What is still to be paid of each order."""
    return each(await _ledgers(orders, context), attrgetter("outstanding"))


async def payments_of_users(
    users: Sequence[User], context: Context, page: PageArguments, *, where: TransactionFilter | None
) -> Results[Connection[Transaction]]:
    """A page of each person's transactions, newest first."""
    query = partial(TransactionQuery, filter=where)
    loader = context.loaders.transactions_by_customer
    return await connections(users, context, page, loader, query, scope="payments")


async def payment_methods_of_users(users: Sequence[User], context: Context) -> Results[Sequence[PaymentMethod]]:
    """Each person's stored payment methods; a person without a wallet has none."""
    keys = [Owned(person.id, person.id) for person in users]
    wallets = await context.loaders.wallet_by_customer.load_all(keys)
    return [() if wallet is None else wallet for wallet in each(wallets, attrgetter("payment_methods"))]


async def set_default_payment_method(context: Context, method_id: str, key: str | None) -> Outcome[Wallet]:
    """Use a payment method of the viewer's unless another is chosen."""
    body = partial(PaymentMethodCommand, payment_method_id=ids.check(method_id, "pm", "input.paymentMethodId"))
    return await change(context, SET_DEFAULT_PAYMENT_METHOD, body, key, subject="paymentMethodId")


async def _ledgers(orders: Sequence[Order], context: Context) -> Results[Ledger]:
    return await context.loaders.ledger_by_order.load_all([Owned(one.id, one.customer_id) for one in orders])
