"""What a customer does with their wallet."""

from typing import Annotated

from msgspec import Meta

from services.common.batch import Key
from services.common.changes import Body
from services.common.database import Writer
from services.common.problems import NotFound, Refused
from services.payment.wallet import PaymentMethod, Wallet, wallets_by_customer

_NO_DEFAULT = "UPDATE payment_methods SET is_default = 0 WHERE customer_id = ?"
_DEFAULT = "UPDATE payment_methods SET is_default = 1 WHERE id = ?"


class PaymentMethodCommand(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be done with which payment method."""

    payment_method_id: Annotated[Key, Meta(description="Which payment method.")]


def set_default(writer: Writer, body: PaymentMethodCommand) -> Wallet:
    """Use a payment method unless another is chosen."""
    wallet = wallets_by_customer(writer, [body.customer_id]).get(body.customer_id)
    methods = {} if wallet is None else {method.id: method for method in wallet.payment_methods}
    if body.payment_method_id not in methods:
        raise NotFound
    if _expired(methods[body.payment_method_id], (writer.now.year, writer.now.month)):
        raise Refused("PAYMENT_METHOD_EXPIRED")
    # One after the other: an index lets there be one default at any moment.
    writer.change(_NO_DEFAULT, body.customer_id)
    writer.change(_DEFAULT, body.payment_method_id)
    for method in methods.values():
        if method.is_default or method.id == body.payment_method_id:
            writer.enter(method.id, body.customer_id)
    writer.announce("wallet.updated", body.customer_id, body.customer_id)
    return wallets_by_customer(writer, [body.customer_id])[body.customer_id]


def _expired(method: PaymentMethod, month: tuple[int, int]) -> bool:
    if method.expiry_year is None or method.expiry_month is None:
        return False
    return (method.expiry_year, method.expiry_month) < month
