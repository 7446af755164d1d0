"""Making a change for the viewer, and what came of it."""

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from downstream.command import Body, Command, CommandRefusedError, OutcomeUnknownError
from downstream.record import Private
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.user_error import InvalidInputError, UserError, user_error

P = TypeVar("P", bound=Private)

MAX_NOTE = 500
_KEY = re.compile(r"[0-9A-Za-z_.:-]{1,64}")


class Outcome(NamedTuple, Generic[P]):
    """What came of a change, in the shape that payloads read.

    Attributes:
        idempotency_key: The client's or one made here; the same change under it acts at most once.
        value: What was changed, as it is now.
        user_errors: Why it was not changed, or that nobody knows; empty when it was.
    """

    idempotency_key: str
    value: P | None = None
    user_errors: Sequence[UserError] = ()


async def change(
    context: Context, command: Command[P], body: Callable[..., Body], key: str | None, *, subject: str
) -> Outcome[P]:
    """Make a change once. Afterwards nobody reads what was before: neither this request nor any later one.

    Args:
        context: The request's.
        command: What to do.
        body: Makes the command's body from ``customer_id``; raises ``InvalidInputError`` for what cannot be used.
        key: The client's idempotency key.
        subject: The field of the input that names what is changed.

    Raises:
        BadUserInputError: The key cannot be one.
        DownstreamError: Nothing was changed: the service could not be reached or takes no commands now.
        UnauthenticatedError: Nobody is signed in.
    """
    customer = context.require_viewer().id
    key = secrets.token_urlsafe(16) if key is None else key
    if not _KEY.fullmatch(key):
        raise BadUserInputError("input.idempotencyKey", "must be 1 to 64 of 0-9, A-Z, a-z and _.:-")
    try:
        wanted = body(customer_id=customer)
        deadline = context.loaders.deadline
        return Outcome(key, await context.changes.carry_out(command, wanted, key, deadline=deadline))
    except InvalidInputError as invalid:
        return Outcome(key, user_errors=(invalid.error,))
    except CommandRefusedError as refusal:
        return Outcome(key, user_errors=(user_error(refusal.code, subject),))
    except OutcomeUnknownError:
        return Outcome(key, user_errors=(user_error("OUTCOME_UNKNOWN", subject),))
    finally:
        context.loaders.clear()


def note(given: str | None) -> str | None:
    """Return what a person wrote; raises ``InvalidInputError`` for too much of it. Empty is none."""
    if given is not None and len(given) > MAX_NOTE:
        raise InvalidInputError("note", f"At most {MAX_NOTE} characters, please.")
    return given or None
