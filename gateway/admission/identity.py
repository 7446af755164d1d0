"""Whom a request names, or why it is refused."""

from gateway.admission.auth import Authenticator, Identity, TokenError
from gateway.request import Refusal


async def identify(authenticator: Authenticator, authorization: bytes | None) -> Identity | None:
    """Return whom an ``Authorization`` header names, None without one; raises ``Refusal``."""
    if authorization is None:
        return None
    try:
        return await authenticator.identity(authorization.decode("latin-1"))
    except TokenError as error:
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refusal(401, error.code, str(error), headers) from None
