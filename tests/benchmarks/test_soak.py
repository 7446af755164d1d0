"""The soak says what is not back where it was, and forgives caches what they may hold."""

from benchmarks.soak.__main__ import KEPT, MEMORY, READ, not_back

BEFORE = dict.fromkeys(READ, 10.0) | {MEMORY: 100e6}


def test_what_is_the_same_is_back() -> None:
    assert not_back(BEFORE, BEFORE) == []
    assert not_back(BEFORE, BEFORE | {"order_center_tasks": 9.0, "process_open_fds": 12.0, MEMORY: 114e6}) == []


def test_one_more_task_or_place_and_three_more_descriptors_are_a_leak() -> None:
    after = BEFORE | {"order_center_tasks": 11.0, "http_client_active_requests": 11.0, "process_open_fds": 13.0}
    assert not_back(BEFORE, after) == ["order_center_tasks", "http_client_active_requests", "process_open_fds"]


def test_memory_may_grow_by_what_caches_hold_and_no_more() -> None:
    fuller = BEFORE | {KEPT[0]: 50e6, MEMORY: 160e6}
    assert not_back(BEFORE, fuller) == []
    assert not_back(BEFORE, fuller | {KEPT[0]: 10.0}) == [MEMORY]
