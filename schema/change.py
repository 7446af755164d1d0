"""What every mutation takes and gives: an idempotency key, and reasons that clients can translate."""

import strawberry

from resolvers import user_error as errors
from resolvers.change import Outcome
from schema.enums import public_enum
from schema.lists import about
from schema.records import reads

public_enum(
    errors.UserErrorCode,
    "Why something was not changed. Clients choose their own words by it.",
    INVALID="What was typed cannot be used; the field says which.",
    NOT_FOUND="There is no such thing, or it is not the viewer's.",
    OUTCOME_UNKNOWN="No answer came in time: it may have been done. Ask again with the same idempotency key.",
    IDEMPOTENCY_KEY_REUSED="The key belongs to another change.",
    ALREADY_ARCHIVED="The order is archived.",
    ALREADY_CONFIRMED="The receipt of the order was confirmed.",
    ALREADY_TAGGED="The product is tagged; change its tag instead.",
    NOTHING_RETURNABLE="Nothing of the order can be sent back.",
    NOT_ARCHIVABLE="The order is still under way.",
    NOT_ARCHIVED="The order is not archived.",
    NOT_CANCELLABLE="The order has been shipped or is finished.",
    NOT_DELIVERED="The order has not arrived.",
    NOT_REORDERABLE="The order was not paid.",
    NOT_TAGGABLE="The product has no price that could drop.",
    OUT_OF_STOCK="None of the order's products can be bought now.",
    PAYMENT_METHOD_EXPIRED="The card has expired.",
    QUANTITY_TOO_LARGE="More than can be sent back.",
    RETURN_FINISHED="The return is finished.",
    RETURN_UNDER_WAY="Another return of the order is under way.",
    RETURN_WINDOW_CLOSED="It is too late to send anything back.",
    UNKNOWN_LINE_ITEM="It is no line item of the order.",
)


@strawberry.type(description="Why something was not changed.")
@reads(errors.UserError)
class UserError:
    """Why something was not changed."""

    code: errors.UserErrorCode = strawberry.field(description="The reason, to be translated.")
    field: list[str] | None = strawberry.field(
        description="The path within the input to what is to blame; null where no field is."
    )
    message: str = strawberry.field(description="The reason in English.")


@strawberry.interface(description="What came of a change.")
@reads(Outcome)
class Payload:
    """What came of a change."""

    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was changed; empty when it was.", directives=about(1)
    )
    idempotency_key: str = strawberry.field(
        description="The key under which it was made: with it, the same change can be asked for again and acts once."
    )


@strawberry.input(description="What every change takes.")
class ChangeInput:
    """What every change takes."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="1 to 64 of 0-9 A-Z a-z _ . : -, made by the client for this change; asked again with it, the "
        "change is made once. Without one, a key is made and given in the payload.",
    )
