import hashlib
import os
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from pathlib import Path

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import ECAlgorithm
from msgspec import Struct


class PublicKey(Struct, frozen=True, kw_only=True):
    """An ES256 key as a JSON Web Key (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str = ""
    alg: str = "ES256"
    use: str = "sig"


class Signer:
    """Signs tokens with one key.

    Args:
        key: An EC key on P-256.
        issuer: The tokens' `iss`.
        audience: The tokens' `aud`.
    """

    def __init__(self, key: EllipticCurvePrivateKey, issuer: str, audience: str) -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience
        numbers = msgspec.convert(ECAlgorithm.to_jwk(key.public_key(), as_dict=True), PublicKey)
        self.public_key = msgspec.structs.replace(numbers, kid=_thumbprint(numbers))

    def token(self, subject: str, scope: str, now: datetime, lifetime: timedelta) -> str:
        """Sign a token for `subject`, valid from `now` on; `scope` is a space-separated list."""
        issued_at = int(now.timestamp())
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "scope": scope,
            "iat": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
        }
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self.public_key.kid})


def load_or_create_key(path: Path) -> EllipticCurvePrivateKey:
    """Read the key, making one that only its owner can read where there is none.

    Raises:
        ValueError: The file holds no EC key.
        OSError: The file cannot be read or written.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        message = f"{path} holds no P-256 key"
        raise ValueError(message)  # noqa: TRY004 - it is the file's content that is wrong
    return key


def _thumbprint(key: PublicKey) -> str:
    """RFC 7638: the required members in lexical order, without spaces."""
    members = msgspec.json.encode({"crv": key.crv, "kty": key.kty, "x": key.x, "y": key.y})
    return urlsafe_b64encode(hashlib.sha256(members).digest()).rstrip(b"=").decode()
