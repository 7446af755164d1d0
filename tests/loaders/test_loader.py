"""A request's loaders: every key once, failures apart, and calls merged while more keys may come."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from loaders.loader import Loader, Merged
from loaders.progress import Progress


class Source:
    """Doubles numbers; remembers its calls; fails as told."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    async def fetch(self, keys: Sequence[int]) -> Mapping[int, int | Exception]:
        self.calls.append(list(keys))
        if -1 in keys:
            raise ConnectionError
        return {key: KeyError(key) if key == 13 else key * 2 for key in keys if key < 100}


async def test_keys_of_one_turn_are_one_batch_and_each_is_loaded_once() -> None:
    source = Source()
    loader = Loader(source.fetch)
    a, b = await asyncio.gather(loader.load_all([1, 2, 1]), loader.load_all([2, 3]))
    assert (a, b) == ([2, 4, 2], [4, 6])
    assert await loader.load_all([3]) == [6]
    assert source.calls == [[1, 2, 3]]


async def test_a_missing_key_is_none_and_a_failed_one_fails_alone() -> None:
    one, missing, failed = await Loader(Source().fetch).load_all([1, 100, 13])
    assert (one, missing) == (2, None)
    assert isinstance(failed, KeyError)


async def test_a_failed_batch_fails_every_key_and_can_be_tried_again() -> None:
    source = Source()
    loader = Loader(source.fetch)
    assert [type(one) for one in await loader.load_all([-1, 1])] == [ConnectionError] * 2
    assert await loader.load_all([1]) == [2]


async def _feed(progress: Progress, feeder: object, seconds: float) -> None:
    with progress.fetching(feeder):
        await asyncio.sleep(seconds)


async def test_a_merged_fetch_waits_for_its_feeders_and_is_one_call() -> None:
    source, progress, feeder = Source(), Progress(patience=5), object()
    merged = Merged(source.fetch, lambda count: progress.settle([feeder], count))
    feeding = asyncio.ensure_future(_feed(progress, feeder, 0.05))
    await asyncio.sleep(0)
    early = asyncio.ensure_future(merged([1]))
    await feeding
    late = asyncio.ensure_future(merged([2, 1]))
    assert [await early, await late] == [{1: 2, 2: 4}] * 2
    assert source.calls == [[1, 2]]


async def test_patience_ends_the_wait_for_a_feeder_that_hangs() -> None:
    source, progress, feeder = Source(), Progress(patience=0.05), object()
    merged = Merged(source.fetch, lambda count: progress.settle([feeder], count))
    feeding = asyncio.ensure_future(_feed(progress, feeder, 60))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        assert await merged([1]) == {1: 2}
    feeding.cancel()


async def test_one_callers_cancellation_leaves_the_merged_call_to_the_others() -> None:
    source, progress = Source(), Progress(patience=1)
    merged = Merged(source.fetch, lambda count: progress.settle([], count))
    first, second = asyncio.ensure_future(merged([1])), asyncio.ensure_future(merged([2]))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == {1: 2, 2: 4}
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failed_merged_call_fails_all_its_callers_and_not_the_next() -> None:
    source, progress = Source(), Progress(patience=1)
    merged = Merged(source.fetch, lambda count: progress.settle([], count))
    results = await asyncio.gather(merged([-1]), merged([1]), return_exceptions=True)
    assert [type(one) for one in results] == [ConnectionError] * 2
    assert await merged([1]) == {1: 2}
