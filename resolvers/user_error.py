"""What a person can be told about a change that was not made, or of which nobody knows."""

from collections.abc import Mapping
from typing import NamedTuple

from downstream.record import OpenEnum


class UserErrorCode(OpenEnum):
    """Why. Beside what the gateway says itself, these are the codes of the services' contract."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ALREADY_ARCHIVED = "ALREADY_ARCHIVED"
    ALREADY_CONFIRMED = "ALREADY_CONFIRMED"
    ALREADY_TAGGED = "ALREADY_TAGGED"
    NOTHING_RETURNABLE = "NOTHING_RETURNABLE"
    NOT_ARCHIVABLE = "NOT_ARCHIVABLE"
    NOT_ARCHIVED = "NOT_ARCHIVED"
    NOT_CANCELLABLE = "NOT_CANCELLABLE"
    NOT_DELIVERED = "NOT_DELIVERED"
    NOT_REORDERABLE = "NOT_REORDERABLE"
    NOT_TAGGABLE = "NOT_TAGGABLE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_METHOD_EXPIRED = "PAYMENT_METHOD_EXPIRED"
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE"
    RETURN_FINISHED = "RETURN_FINISHED"
    RETURN_UNDER_WAY = "RETURN_UNDER_WAY"
    RETURN_WINDOW_CLOSED = "RETURN_WINDOW_CLOSED"
    UNKNOWN_LINE_ITEM = "UNKNOWN_LINE_ITEM"
    UNKNOWN = "UNKNOWN"


class UserError(NamedTuple):
    """One reason; ``field`` is the path within the input, None where no field of it is to blame."""

    code: UserErrorCode
    field: tuple[str, ...] | None
    message: str


class InvalidInputError(Exception):
    """What a person typed cannot be used.

    Attributes:
        error: What to tell them.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.error = UserError(UserErrorCode.INVALID, (field,), message)


def user_error(code: str, subject: str) -> UserError:
    """Return what to tell a person.

    Args:
        code: Of the services' contract, or ``OUTCOME_UNKNOWN``.
        subject: The field of the input that names what was to be changed.
    """
    known = UserErrorCode(code)
    field = _FIELDS.get(known, subject)
    return UserError(known, None if field is None else (field,), _MESSAGES[known])


# Which field of the input is to blame, where it is not the one that names the subject.
_FIELDS: Mapping[UserErrorCode, str | None] = {
    UserErrorCode.IDEMPOTENCY_KEY_REUSED: "idempotencyKey",
    UserErrorCode.OUTCOME_UNKNOWN: None,
    UserErrorCode.QUANTITY_TOO_LARGE: "items",
    UserErrorCode.UNKNOWN_LINE_ITEM: "items",
}

_MESSAGES: Mapping[UserErrorCode, str] = {
    UserErrorCode.INVALID: "This cannot be used.",
    UserErrorCode.NOT_FOUND: "There is no such thing, or it is not yours.",
    UserErrorCode.OUTCOME_UNKNOWN: "We do not know whether this was done. Ask again with the same idempotency key.",
    UserErrorCode.IDEMPOTENCY_KEY_REUSED: "This idempotency key was used for something else.",
    UserErrorCode.ALREADY_ARCHIVED: "This order is archived already.",
    UserErrorCode.ALREADY_CONFIRMED: "You have confirmed this order already.",
    UserErrorCode.ALREADY_TAGGED: "You have tagged this product already.",
    UserErrorCode.NOTHING_RETURNABLE: "Nothing of this order can be sent back.",
    UserErrorCode.NOT_ARCHIVABLE: "Only finished orders can be archived.",
    UserErrorCode.NOT_ARCHIVED: "This order is not archived.",
    UserErrorCode.NOT_CANCELLABLE: "This order cannot be cancelled any more.",
    UserErrorCode.NOT_DELIVERED: "This order has not arrived yet.",
    UserErrorCode.NOT_REORDERABLE: "An order that was not paid cannot be ordered again.",
    UserErrorCode.NOT_TAGGABLE: "This product cannot be tagged.",
    UserErrorCode.OUT_OF_STOCK: "Nothing of this order can be bought at the moment.",
    UserErrorCode.PAYMENT_METHOD_EXPIRED: "This payment method has expired.",
    UserErrorCode.QUANTITY_TOO_LARGE: "Not so many of it can be sent back.",
    UserErrorCode.RETURN_FINISHED: "This return is finished.",
    UserErrorCode.RETURN_UNDER_WAY: "A return of this order is under way.",
    UserErrorCode.RETURN_WINDOW_CLOSED: "It is too late to send anything of this order back.",
    UserErrorCode.UNKNOWN_LINE_ITEM: "This order has no such line item.",
    UserErrorCode.UNKNOWN: "This cannot be done at the moment.",
}
