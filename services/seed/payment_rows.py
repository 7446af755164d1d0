from services.seed.customers import Customer
from services.seed.ids import REFUND, TRANSACTION
from services.seed.loader import Loader
from services.seed.orders import Order
from services.seed.wallets import Wallet


def write_account(to: Loader, order: Order) -> None:
    """Write the money side of an order into the payment database."""
    account, customer, currency = order.account, order.plan.customer.id, order.plan.shop.currency.code
    number = order.plan.number
    to.add(
        "ledgers",
        (
            order.id,
            customer,
            account.status,
            currency,
            account.total,
            account.sum("AUTHORIZATION"),
            account.sum("CHARGE"),
            account.sum("REFUND"),
            account.outstanding,
        ),
    )
    ids: dict[int, str] = {}
    for part, each in enumerate(account.transactions):
        ids[id(each)] = TRANSACTION.id(number, part)
        means = each.means
        to.add(
            "transactions",
            (
                ids[id(each)],
                order.id,
                customer,
                each.kind,
                each.status,
                currency,
                each.amount,
                means.method,
                means.brand,
                means.last4,
                each.at,
                each.failure,
            ),
        )
    for part, refund in enumerate(account.refunds):
        refund_id = REFUND.id(number, part)
        paid = refund.transaction
        to.add(
            "refunds",
            (refund_id, order.id, customer, ids[id(paid)], currency, paid.amount, refund.reason, refund.at),
        )
        for place, (line, quantity, amount) in enumerate(refund.items):
            to.add("refund_items", (refund_id, place, line.id, quantity, amount))


def write_wallet(to: Loader, customer: Customer, kept: Wallet) -> None:
    """Write what a customer keeps to pay with; the last added is the default."""
    for stored in kept:
        means = stored.means
        to.add(
            "payment_methods",
            (
                stored.id,
                customer.id,
                means.method,
                means.brand,
                means.last4,
                stored.expiry_month,
                stored.expiry_year,
                stored is kept[-1],
                stored.created_at,
            ),
        )
