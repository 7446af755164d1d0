"""A key pair of this run's own, and a token per customer, for the one server that asks for tokens."""

import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "order-center-benchmarks"
AUDIENCE = "order-center"
ALGORITHM = "ES256"
# Longer than any run takes.
LIFETIME_SECONDS = 86_400


class Tokens:
    """Mints tokens.

    Args:
        public_key: Where the public key is written, as PEM.
    """

    def __init__(self, public_key: Path) -> None:
        self.public_key = public_key
        self._key = ec.generate_private_key(ec.SECP256R1())
        public_key.write_bytes(self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        self._minted: dict[str, str] = {}

    def of(self, customer: str) -> str:
        """Return a customer's token, the same each time."""
        if customer not in self._minted:
            now = int(time.time())
            claims = {"sub": customer, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME_SECONDS}
            self._minted[customer] = jwt.encode(claims, self._key, ALGORITHM)
        return self._minted[customer]
