"""A request's trace is taken up where it is a trace, and passed on with a new parent each time."""

import re
from contextvars import copy_context

import pytest

from downstream import trace

ID = "0af7651916cd43dd8448eb211c80319c"


def _begin(traceparent: str | None) -> trace.Trace:
    return copy_context().run(trace.begin, traceparent)


def test_a_trace_is_taken_up_and_passed_on_with_its_flags() -> None:
    begun = _begin(f"00-{ID}-b7ad6b7169203331-01")
    assert begun == trace.Trace(ID, "01")
    parents = {begun.parent for _ in range(2)}
    assert len(parents) == 2
    assert all(re.fullmatch(rf"00-{ID}-(?!b7ad6b7169203331)[0-9a-f]{{16}}-01", one) for one in parents)
    assert _begin(f"cc-{ID}-b7ad6b7169203331-01-what the future brings").id == ID


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "trace",
        f"00-{ID.upper()}-b7ad6b7169203331-01",
        f"ff-{ID}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{ID}-{'0' * 16}-01",
        f"00-{ID}-b7ad6b7169203331-01-more",
        f"00-{ID}-b7ad6b7169203331-01\n",
    ],
)
def test_what_is_no_trace_begins_a_new_one(traceparent: str | None) -> None:
    begun = _begin(traceparent)
    assert re.fullmatch("[0-9a-f]{32}", begun.id)
    assert begun.id not in {ID, "0" * 32, _begin(traceparent).id}


def test_work_of_one_request_shares_its_trace() -> None:
    def request() -> tuple[str, str]:
        begun = trace.begin(None)
        return begun.id, trace.current().id

    first, second = copy_context().run(request), copy_context().run(request)
    assert first[0] == first[1] != second[0] == second[1]
