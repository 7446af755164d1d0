"""Cursors: a service's position, signed together with the list it belongs to."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from resolvers.errors import BadUserInputError

TAG_BYTES = 9
# Changes have a position of each of the three services.
MAX_LENGTH = 1_000


@dataclass(frozen=True)
class Cursors:
    """Makes and checks cursors; all replicas share the secret.

    A cursor is ``base64url(tag + position)``; the tag is a keyed BLAKE2b over the list's scope and the position, so
    a cursor of another list, sort order or person is refused like an invented one.
    """

    secret: bytes

    def encode(self, scope: str, position: str) -> str:
        """Return the cursor for a position in the list that ``scope`` names."""
        raw = position.encode()
        return base64.urlsafe_b64encode(self._tag(scope, raw) + raw).decode().rstrip("=")

    def decode(self, scope: str, cursor: str, argument: str) -> str:
        """Return the position in a cursor; raises ``BadUserInputError`` for one that this list did not make."""
        try:
            if len(cursor) > MAX_LENGTH:
                raise ValueError  # noqa: TRY301  one way to refuse
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            tag, position = raw[:TAG_BYTES], raw[TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(scope, position)):
                raise ValueError  # noqa: TRY301  one way to refuse
            return position.decode()
        except (ValueError, binascii.Error):
            raise BadUserInputError(argument, "is not a cursor of this list") from None

    def _tag(self, scope: str, position: bytes) -> bytes:
        return hashlib.blake2b(scope.encode() + b"\0" + position, key=self.secret, digest_size=TAG_BYTES).digest()
