"""Bearer tokens: who is believed, and what is said to those who are not."""

import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.admission.auth import (
    Authenticator,
    ConfiguredKey,
    TokenError,
)
from gateway.settings import Settings
from resolvers.context import Viewer
from services.people import SHOPPER
from tests.support.center import OrderCenter

ISSUER = "http://127.0.0.1/order-center-dev"


@pytest.fixture
def authenticator(signer: ec.EllipticCurvePrivateKey, given: Settings, tmp_path: Path) -> Authenticator:
    public = tmp_path / "public.pem"
    public.write_bytes(signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return Authenticator(ConfiguredKey(public, "ES256"), given)


def _claims(**changes: object) -> dict[str, Any]:
    claims = {"iss": ISSUER, "aud": "order-center", "sub": SHOPPER.id, "exp": time.time() + 60} | changes
    return {name: value for name, value in claims.items() if value is not None}


async def test_a_token_that_was_checked_is_not_checked_again_before_it_expires(
    signer: ec.EllipticCurvePrivateKey, given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = tmp_path / "public.pem"
    public.write_bytes(signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    key = ConfiguredKey(public, "ES256")
    asked: list[str | None] = []

    async def find(kid: str | None) -> Any:  # noqa: ANN401  PyJWT's key
        asked.append(kid)
        return await ConfiguredKey.find(key, kid)

    monkeypatch.setattr(key, "find", find)
    authenticator = Authenticator(key, given)
    token = jwt.encode(_claims(exp=time.time() + 10), signer, "ES256")
    for _ in range(3):
        assert (await authenticator.identity(f"Bearer {token}")).viewer == Viewer(SHOPPER.id)
    assert len(asked) == 1
    # Another signature under the same header and claims is another token.
    with pytest.raises(TokenError):
        await authenticator.identity(f"Bearer {token[:-8]}AAAAAAAA")
    # Neither does a clock that is set back lengthen its time, nor one that is set forward its life.
    now, then = time.monotonic(), time.time()
    monkeypatch.setattr(time, "time", lambda: then - 3600)
    monkeypatch.setattr(time, "monotonic", lambda: now + 60)
    await authenticator.identity(f"Bearer {token}")
    assert len(asked) == 3
    monkeypatch.setattr(time, "time", lambda: then + 3600)
    await authenticator.identity(f"Bearer {token}")
    assert len(asked) == 4


async def test_a_good_token_names_person_and_scopes(
    authenticator: Authenticator, signer: ec.EllipticCurvePrivateKey
) -> None:
    token = jwt.encode(_claims(scope="orders:read:any other"), signer, "ES256")
    identity = await authenticator.identity(f"Bearer {token}")
    assert identity.viewer == Viewer(SHOPPER.id, frozenset({"orders:read:any", "other"}))
    assert await authenticator.identity(f"bearer {token}") == identity


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": time.time() - 60}, "TOKEN_EXPIRED"),
        ({"exp": None}, "UNAUTHENTICATED"),
        ({"nbf": time.time() + 3600}, "UNAUTHENTICATED"),
        ({"iss": "https://elsewhere.example"}, "UNAUTHENTICATED"),
        ({"aud": "another"}, "UNAUTHENTICATED"),
        ({"aud": None}, "UNAUTHENTICATED"),
        ({"sub": None}, "UNAUTHENTICATED"),
        ({"sub": "ord_123"}, "UNAUTHENTICATED"),
        ({"sub": "cus_1\ncus_2"}, "UNAUTHENTICATED"),
        ({"scope": ["orders:read:any"]}, "UNAUTHENTICATED"),
    ],
)
async def test_claims_that_do_not_hold_are_refused(
    authenticator: Authenticator, signer: ec.EllipticCurvePrivateKey, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(TokenError) as refused:
        await authenticator.identity(f"Bearer {jwt.encode(_claims(**changes), signer, 'ES256')}")
    assert refused.value.code == code


def _part(content: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def test_forged_signatures_are_refused(authenticator: Authenticator, signer: ec.EllipticCurvePrivateKey) -> None:
    public = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    good = jwt.encode(_claims(), signer, "ES256")
    unsigned = f"{_part({'alg': 'none'})}.{_part(_claims())}."
    by_public_key = jwt.api_jws.PyJWS().encode(json.dumps(_claims()).encode(), b"secret" * 6, "HS256")
    other = jwt.encode(_claims(), ec.generate_private_key(ec.SECP256R1()), "ES256")
    critical = jwt.encode(_claims(), signer, "ES256", headers={"crit": ["b64"], "b64": False})
    assert public
    for header in (
        *(f"Bearer {token}" for token in (unsigned, by_public_key, other, critical, good[:-4], "x", "a.b.c", "")),
        f"Basic {good}",
        good,
        "Bearer",
    ):
        with pytest.raises(TokenError) as refused:
            await authenticator.identity(header)
        assert refused.value.code == "UNAUTHENTICATED"


async def test_a_refused_token_is_401_in_json_and_reaches_no_service(center: OrderCenter) -> None:
    response = await center.http.post(
        "/graphql", json={"query": "{ viewer { id } }"}, headers={"Authorization": "Bearer nonsense"}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert response.json() == {
        "errors": [{"message": "The token cannot be accepted.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }
    assert center.calls == []


async def test_a_token_of_another_algorithm_than_configured_is_refused(given: Settings, tmp_path: Path) -> None:
    public = tmp_path / "public.pem"
    key = ec.generate_private_key(ec.SECP384R1())
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    authenticator = Authenticator(ConfiguredKey(public, "ES384"), given)
    with pytest.raises(TokenError):
        await authenticator.identity(f"Bearer {jwt.encode(_claims(), key, 'ES384')}")
