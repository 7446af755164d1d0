"""A request's loader: every key once, failures apart, nothing lost by a cancellation, and in time."""

import asyncio
from collections.abc import Sequence

import pytest

from downstream.errors import (
    DownstreamMalformedError,
    DownstreamOverloadedError,
    DownstreamTimeoutError,
    KeyRefusedError,
)
from downstream.record import Owned
from loaders.cache import Cache
from loaders.declaration import Declaration
from loaders.policy import Policy
from loaders.sources import Sources
from tests.support.replica import Request
from tests.support.things import FACT_BY_ID, Fact, Things


def _sources(things: Things) -> Sources:
    return Sources({"order": things.client}, Cache(None))


def _values(outcomes: Sequence[object]) -> list[object]:
    return [one.value if isinstance(one, Fact) else one for one in outcomes]


async def test_keys_of_one_turn_are_one_call_and_each_is_loaded_once() -> None:
    things = Things()
    loader = Request(_sources(things)).fact
    a, b = await asyncio.gather(loader.load_all(["a", "b", "a"]), loader.load_all(["b", "c"]))
    assert (_values(a), _values(b)) == ([0, 0, 0], [0, 0])
    assert a[1] is b[0]
    assert things.calls == [["a", "b", "c"]]


async def test_what_the_request_has_loaded_is_returned_without_suspending() -> None:
    loader = Request(_sources(Things())).fact
    loaded = await loader.load_all(["a", "b"])
    again = loader.load_all(["b", "a"])
    with pytest.raises(StopIteration) as returned:
        again.send(None)
    assert returned.value.value == loaded[::-1]


async def test_a_missing_key_is_none_and_a_failed_one_fails_alone() -> None:
    things = Things()
    things.gone, things.refused = {"gone"}, {"refused"}
    one, missing, failed = await Request(_sources(things)).fact.load_all(["a", "gone", "refused"])
    assert one == Fact(id="a", value=0)
    assert missing is None
    assert isinstance(failed, KeyRefusedError)


async def test_a_failed_call_fails_every_key_and_can_be_tried_again() -> None:
    things = Things()
    loader = Request(_sources(things)).fact
    things.down = True
    assert [type(one) for one in await loader.load_all(["a", "b"])] == [DownstreamOverloadedError] * 2
    with pytest.raises(DownstreamOverloadedError):
        await loader.load("a")
    with pytest.raises(DownstreamOverloadedError):
        await loader.load_many(["a", "b"])
    things.down = False
    assert await loader.load("a") == Fact(id="a", value=0)
    assert _values(await loader.load_many(["a", "b"])) == [0, 0]


async def test_cleared_is_loaded_again_and_primed_is_not() -> None:
    things = Things()
    loader = Request(_sources(things)).fact
    await loader.load("a")
    things.change("a")
    assert await loader.clear("a").load("a") == Fact(id="a", value=1)
    assert await loader.prime("b", Fact(id="b", value=7)).load("b") == Fact(id="b", value=7)
    assert things.calls == [["a"], ["a"]]


async def test_one_callers_cancellation_takes_nothing_from_the_others() -> None:
    things = Things()
    things.gate = asyncio.Event()
    loader = Request(_sources(things)).fact
    first = asyncio.ensure_future(loader.load_all(["a"]))
    second = asyncio.ensure_future(loader.load_all(["a", "b"]))
    await things.asked(1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    things.gate.set()
    assert _values(await second) == [0, 0]
    assert _values(await loader.load_all(["a"])) == [0]
    assert things.calls == [["a", "b"]]


async def test_a_closed_source_leaves_nobody_waiting() -> None:
    things = Things()
    things.gate = asyncio.Event()
    sources = _sources(things)
    loading = asyncio.ensure_future(Request(sources).fact.load_all(["a"]))
    await things.asked(1)
    await sources.close()
    async with asyncio.timeout(5):
        (failed,) = await loading
    assert isinstance(failed, Exception)
    things.gate.set()


async def test_a_request_waits_no_longer_than_its_deadline_and_leaves_the_others_their_answer() -> None:
    things = Things()
    things.gate = asyncio.Event()
    sources = _sources(things)
    hurried, patient = Request(sources, seconds=0.05), Request(sources)
    waiting = asyncio.ensure_future(patient.fact.load_all(["a", "b"]))
    async with asyncio.timeout(5):
        (late,) = await hurried.fact.load_all(["a"])
    assert isinstance(late, DownstreamTimeoutError)
    assert late.service == "order"
    things.gate.set()
    assert _values(await waiting) == [0, 0]
    assert things.calls == [["a", "b"]]


async def test_the_same_key_of_several_requests_is_one_key_of_one_call() -> None:
    things = Things()
    sources = _sources(things)
    answers = await asyncio.gather(*(Request(sources).fact.load_all(["a", key]) for key in ("b", "c", "b")))
    assert [_values(one) for one in answers] == [[0, 0]] * 3
    assert things.calls == [["a", "b", "c"]]


async def test_a_key_that_is_being_fetched_is_not_fetched_again_for_another_request() -> None:
    things = Things()
    things.gate = asyncio.Event()
    sources = _sources(things)
    first = asyncio.ensure_future(Request(sources).fact.load_all(["a"]))
    await things.asked(1)
    second = asyncio.ensure_future(Request(sources).fact.load_all(["a", "b"]))
    await things.asked(2)
    things.gate.set()
    assert _values(await first + await second) == [0, 0, 0]
    assert things.calls == [["a"], ["b"]]


async def test_a_row_that_breaks_the_contract_costs_no_other_request_its_answer() -> None:
    things = Things()
    things.spoilt = {"bad"}
    sources = _sources(things)
    good, bad = await asyncio.gather(Request(sources).fact.load_all(["a"]), Request(sources).fact.load_all(["bad"]))
    assert _values(good) == [0]
    assert [type(one) for one in bad] == [DownstreamMalformedError]
    assert things.calls == [["a", "bad"], ["bad"]]


async def test_a_batch_is_cut_at_its_loaders_limit() -> None:
    things = Things()

    class Small(Request):
        fact = Declaration(FACT_BY_ID, Policy(ttl=60, max_keys=2))

    assert _values(await Small(_sources(things)).fact.load_all(["a", "b", "c"])) == [0, 0, 0]
    assert sorted(things.calls) == [["a", "b"], ["c"]]


async def _facts_of(request: Request, owner: str, hops: int) -> None:
    """Load a thing and then its fact, in one step of one task, as compiled execution does."""
    thing = await request.feeder.load(Owned(f"{owner}_thing", owner))
    assert thing is not None
    for _ in range(hops):
        await asyncio.sleep(0)
    assert await request.fed.load(f"fact_{owner}") == Fact(id=f"fact_{owner}", value=0)


@pytest.mark.parametrize(("hops", "quiet_turns"), [(0, 1), (1, 2), (8, 9)])
async def test_keys_that_come_from_several_branches_are_one_call(hops: int, quiet_turns: int) -> None:
    things = Things()
    request = Request(_sources(things), quiet_turns=quiet_turns)
    things.gate = asyncio.Event()
    early = asyncio.ensure_future(request.fed.load("fact_early"))
    branches = [asyncio.ensure_future(_facts_of(request, owner, hops)) for owner in "abc"]
    await things.asked(1)
    things.gate.set()
    await asyncio.gather(early, *branches)
    assert things.calls == [["a_thing", "b_thing", "c_thing"], ["fact_early", "fact_a", "fact_b", "fact_c"]]


async def test_what_a_loader_waits_for_does_not_hold_up_what_the_process_remembers() -> None:
    things = Things()
    request = Request(_sources(things))
    request.fed.prime("a", Fact(id="a", value=1))
    things.gate = asyncio.Event()
    feeding = asyncio.ensure_future(request.feeder.load(Owned("a_thing", "a")))
    await things.asked(1)
    assert await request.fed.load("a") == Fact(id="a", value=1)
    things.gate.set()
    await feeding


async def test_who_comes_in_the_turn_in_which_a_fetch_ends_is_served_too() -> None:
    things = Things()
    sources = _sources(things)
    for turns in range(60):
        loading = asyncio.ensure_future(Request(sources).fact.load("a"))
        for _ in range(turns):
            await asyncio.sleep(0)
        assert await Request(sources).fact.load("a") == Fact(id="a", value=0)
        assert await loading == Fact(id="a", value=0)
