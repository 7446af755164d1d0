"""The in-process tier: bounded by what values really take, sparing those in use, and alone where there is no Redis."""

import asyncio
import subprocess
import sys

import pytest

from loaders.memory import Answer, Entry, Memory
from loaders.weight import deep_size
from tests.support.replica import Replica
from tests.support.things import Fact, Thing, Things

FOREVER = float("inf")


def _put(memory: Memory, shelf: dict[str, Entry[str, str]], key: str, weight: int = 100) -> None:
    entry = Entry(shelf, key, key.encode(), key, FOREVER, FOREVER, weight)
    memory.put(entry)


def test_the_bound_holds_and_what_was_used_is_spared_once() -> None:
    memory = Memory(1000)
    shelf = memory.shelf()
    for number in range(10):
        _put(memory, shelf, f"k{number}")
    shelf["k0"].used = True
    _put(memory, shelf, "k10")
    assert memory.bytes == 1000
    assert sorted(shelf) == ["k0", "k10", *(f"k{number}" for number in range(2, 10))]
    for number in range(11, 21):
        _put(memory, shelf, f"k{number}")
    assert "k0" not in shelf
    assert len(memory) == len(shelf) == 10


def test_a_value_put_again_replaces_the_old_one_and_a_forgotten_one_weighs_nothing() -> None:
    memory = Memory(1000)
    shelf = memory.shelf()
    for _ in range(500):
        _put(memory, shelf, "a")
    _put(memory, shelf, "b")
    assert (len(shelf), memory.bytes) == (2, 200)
    memory.forget(b"a")
    memory.forget(b"a")
    assert (list(shelf), memory.bytes) == (["b"], 100)
    memory.clear()
    assert (len(shelf), len(memory), memory.bytes) == (0, 0, 0)


def test_one_value_cannot_push_out_most_others() -> None:
    memory = Memory(1000)
    shelf = memory.shelf()
    for number in range(9):
        _put(memory, shelf, f"k{number}")
    _put(memory, shelf, "large", weight=126)
    assert "large" not in shelf
    assert len(shelf) == 9


def test_an_entry_weighs_about_what_it_takes() -> None:
    """Of the machine's memory, with what the allocator needs for itself."""
    program = [sys.executable, "-m", "tests.support.filled"]
    printed = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    account, taken = map(int, printed.split())
    assert account > 50_000_000
    assert 0.9 * account < taken < 1.1 * account


def _rounded(text: str) -> int:
    return (sys.getsizeof(text) + 15) // 16 * 16


def test_a_record_is_measured_with_all_that_it_holds() -> None:
    small = deep_size(Thing(id="a", customer_id="b", value=1))
    large = deep_size(Thing(id="a" * 1000, customer_id="b", value=1))
    # How much a text takes beside its letters is each Python's own.
    assert large - small == _rounded("a" * 1000) - _rounded("a")
    assert large % 16 == small % 16 == 0
    assert deep_size(None) == 0


async def test_without_redis_it_works_alone_with_its_times() -> None:
    things = Things()
    async with Replica(things) as one:
        for _ in range(3):
            assert await one.request().quick.load("a") == Fact(id="a", value=0)
            await one.filled()
        assert things.calls == [["a"]]
        await asyncio.sleep(0.25)
        await one.request().quick.load("a")
        await one.filled()
        assert things.calls == [["a"], ["a"]]
        things.change("a")
        await one.invalidate("fact:a")
        assert await one.request().quick.load("a") == Fact(id="a", value=1)


async def test_without_redis_a_value_fetched_before_an_invalidation_is_not_kept_and_not_joined() -> None:
    things = Things()
    things.gate = asyncio.Event()
    async with Replica(things) as one:
        early = asyncio.ensure_future(one.request().fact.load("a"))
        await things.asked(1)
        things.change("a")
        await one.invalidate("fact:a")
        late = asyncio.ensure_future(one.request().fact.load("a"))
        await asyncio.sleep(0)
        things.gate.set()
        assert await early == Fact(id="a", value=0)
        assert await late == Fact(id="a", value=1)
        await one.filled()
        assert await one.request().fact.load("a") == Fact(id="a", value=1)


async def test_what_the_process_remembers_is_returned_without_suspending() -> None:
    async with Replica(Things()) as one:
        loaded = await one.request().fact.load_all(["a", "b"])
        await one.filled()
        again = one.request().fact.load_all(["a", "b", "a"])
        with pytest.raises(StopIteration) as returned:
            again.send(None)
        assert returned.value.value == [*loaded, loaded[0]]


async def test_switched_off_nothing_is_remembered() -> None:
    things = Things()
    async with Replica(things, memory_bytes=0) as one:
        for _ in range(2):
            await one.request().fact.load("a")
            await one.filled()
        assert things.calls == [["a"], ["a"]]


def _keep(memory: Memory, question: str, *names: bytes, size: int = 1000) -> Answer:
    answer = Answer(question, b"x" * size, 1, FOREVER, names)
    memory.put_answer(answer)
    return answer


def test_an_answer_goes_with_whatever_it_was_made_of() -> None:
    memory = Memory(100_000)
    shelf = memory.shelf()
    _put(memory, shelf, "a")
    first, second = _keep(memory, "first", b"a", b"b"), _keep(memory, "second", b"b")
    assert memory.bytes == 100 + first.weight + second.weight
    memory.forget(b"a")
    assert (list(memory.answers), memory.bytes) == (["second"], second.weight)
    assert first.body == b""
    # What it was made of need not be in the process any more.
    memory.forget(b"b")
    assert (memory.answers, memory.bytes) == ({}, 0)


def test_a_value_that_is_replaced_takes_its_answers_with_it_and_clearing_takes_all() -> None:
    memory = Memory(100_000)
    shelf = memory.shelf()
    _put(memory, shelf, "a")
    _keep(memory, "question", b"a")
    _put(memory, shelf, "a")
    assert memory.answers == {}
    _keep(memory, "question", b"a")
    memory.clear()
    assert (memory.answers, memory.bytes, len(shelf)) == ({}, 0, 0)
    # Nothing is left over that news of the value could meet.
    memory.forget(b"a")


def test_answers_and_values_share_one_bound_and_a_second_answer_to_a_question_replaces_the_first() -> None:
    memory = Memory(100_000)
    shelf = memory.shelf()
    for number in range(1000):
        _keep(memory, f"q{number % 100}", b"a%d" % (number % 7))
        _put(memory, shelf, f"k{number}")
        assert memory.bytes <= 100_000
    weights = sum(one.weight for one in memory.answers.values()) + sum(one.weight for one in shelf.values())
    assert memory.bytes == weights
    assert len(memory.answers) > 10
    _keep(memory, "large", b"a", size=20_000)
    assert "large" not in memory.answers
