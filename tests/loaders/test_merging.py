"""Whatever requests ask for at once, each gets what it would have got alone."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from downstream.errors import DownstreamMalformedError, KeyRefusedError
from downstream.record import Owned
from loaders.cache import Cache
from loaders.sources import Sources
from tests.support.replica import Request
from tests.support.things import Thing, Things

PEOPLE = ("ann", "bob", None)
IDS = [f"{owner}_{name}" for owner in ("ann", "bob") for name in ("a", "b", "c")]

keys = st.builds(Owned, st.sampled_from(IDS), st.sampled_from(PEOPLE))
loads = st.lists(keys, min_size=1, max_size=5)
subsets = st.sets(st.sampled_from(IDS), max_size=2)


def _expected(things: Things, key: Owned) -> object:
    if key.id in things.gone:
        return None
    if key.id in things.refused:
        return KeyRefusedError
    owner = key.id.partition("_")[0]
    return Thing(id=key.id, customer_id=owner, value=0) if key.owner in (None, owner) else None


def _seen(outcomes: Sequence[object]) -> list[object]:
    return [type(one) if isinstance(one, BaseException) else one for one in outcomes]


async def _loaded(requests: Sequence[Sequence[Owned]], turns: Sequence[int], things: Things) -> list[list[object]]:
    sources = Sources({"order": things.client}, Cache(None))

    async def load(wanted: Sequence[Owned], delay: int) -> list[object]:
        for _ in range(delay):
            await asyncio.sleep(0)
        return _seen(await Request(sources).feeder.load_all(wanted))

    return await asyncio.gather(*(load(wanted, turn) for wanted, turn in zip(requests, turns, strict=False)))


@settings(max_examples=150, deadline=None)
@given(
    requests=st.lists(loads, min_size=1, max_size=6),
    turns=st.lists(st.integers(0, 6), min_size=6, max_size=6),
    gone=subsets,
    refused=subsets,
    spoilt=subsets,
)
def test_merged_calls_never_mix_requests(
    requests: list[list[Owned]], turns: list[int], gone: set[str], refused: set[str], spoilt: set[str]
) -> None:
    things = Things()
    things.gone, things.refused, things.spoilt = gone, refused, spoilt
    spoilt -= gone | refused
    answers = asyncio.run(_loaded(requests, turns, things))
    for wanted, answer in zip(requests, answers, strict=True):
        if any(key.id in spoilt for key in wanted):
            # A row that breaks the contract costs the call it came in: of this request, and of no other.
            alone = DownstreamMalformedError
            assert all(one in (alone, _expected(things, key)) for key, one in zip(wanted, answer, strict=True))
        else:
            assert answer == [_expected(things, key) for key in wanted]
