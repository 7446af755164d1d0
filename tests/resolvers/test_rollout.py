from collections.abc import Mapping

import pytest

from resolvers.rollout import Rollout
from services.people import NEWCOMER, SHOPPER
from tests.support.center import running, settings
from tests.support.services import ServiceProcess

PEOPLE = [f"cus_{number}" for number in range(10_000)]


def test_everybody_is_in_by_default() -> None:
    assert all(Rollout().includes(person, None) for person in PEOPLE)


def test_nobody_but_listed_people_and_regions_is_in_at_zero() -> None:
    rollout = Rollout(frozenset({"cus_7"}), frozenset({"JP"}), 0)
    assert [person for person in PEOPLE if rollout.includes(person, "DE")] == ["cus_7"]
    assert rollout.includes("cus_8", "JP")


@pytest.mark.parametrize("percentage", [1, 25, 50.5])
def test_a_percentage_takes_its_share_and_keeps_it_as_it_grows(percentage: float) -> None:
    included = {person for person in PEOPLE if Rollout(percentage=percentage).includes(person, None)}
    more = {person for person in PEOPLE if Rollout(percentage=percentage + 10).includes(person, None)}
    assert len(included) == pytest.approx(percentage * 100, rel=0.2)
    assert included < more


async def test_without_it_the_order_center_is_null_and_costs_no_call(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    query = "{ viewer { orderCenter { toPay } orders(first: 1) { totalCount } } }"
    given = settings(services, issuer, rollout_percentage=0.0, rollout_customers=frozenset({NEWCOMER.id}))
    async with running(given, issuer) as center:
        viewer = (await center.data(query, person=SHOPPER.id))["viewer"]
        assert viewer["orderCenter"] is None
        assert viewer["orders"]["totalCount"] > 0
        assert [call.path for call in center.calls] == ["orders:search"]
        assert (await center.data(query, person=NEWCOMER.id))["viewer"]["orderCenter"] == {"toPay": 0}


async def test_a_region_is_looked_up_and_decides(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    query = "{ viewer { orderCenter { unreadUpdates } } }"
    everywhere = frozenset(chr(a) + chr(b) for a in range(65, 91) for b in range(65, 91))
    for regions, shown in ((everywhere, True), (frozenset({"ZZ"}), False)):
        async with running(
            settings(services, issuer, rollout_percentage=0.0, rollout_regions=regions), issuer
        ) as center:
            viewer = (await center.data(query, person=SHOPPER.id))["viewer"]
            assert (viewer["orderCenter"] is not None) is shown
