"""Looks at all that was logged while the tests ran; alone it sees what it logs itself."""

import pytest

from services.people import PEOPLE, SHOPPER, TROUBLED
from tests.support.center import Json, OrderCenter
from tests.support.logged import LOGGED, personal

ADDRESSES = "{ viewer { orders(first: 50) { nodes { shippingAddress { name lines postalCode city } } } } }"


async def _addresses(center: OrderCenter) -> set[str]:
    found = set()
    for person in (SHOPPER.id, TROUBLED.id):
        data: Json = await center.data(ADDRESSES, person=person)
        for order in data["viewer"]["orders"]["nodes"]:
            address = order["shippingAddress"] or {}
            found |= {*address.get("lines", ()), address.get("name")}
    return {part for part in found if part and len(part) > 5}


async def test_no_log_holds_a_token_an_address_or_a_card_number(
    center: OrderCenter, request: pytest.FixtureRequest
) -> None:
    addresses = await _addresses(center)
    assert len(addresses) > 5
    # Something unexpected and something refused, so that there is something to look at.
    await center.ask("{ " + "__typename " * 30 + "}", person=SHOPPER.id)
    lines = LOGGED.lines(len(request.session.items) - 1)
    assert any("exceeds a limit" in line for line in lines)
    assert personal(lines, addresses | {person.name for person in PEOPLE}) == []
