"""A request's trace is taken up where it is a trace, and passed on with a new parent each time."""

import re
from contextvars import copy_context

import pytest

from downstream import trace

ID = "0af7651916cd43dd8448eb211c80319c"


def _begin(traceparent: str | None, tracestate: str = "") -> trace.Trace:
    return copy_context().run(trace.begin, traceparent, tracestate)


def test_a_trace_is_taken_up_and_passed_on_with_its_flags() -> None:
    begun = _begin(f"00-{ID}-b7ad6b7169203331-01")
    assert begun == trace.Trace(ID, "01", caller="b7ad6b7169203331")
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


@pytest.mark.parametrize(
    ("state", "passed_on"),
    [
        ("rojo=00f067aa0ba902b7", True),
        ("fw529a3039@dt=FfffffeR , congo=t61 rcW/x", True),
        (",".join(f"k{number}=v" for number in range(32)), True),
        (",".join(f"k{number}=v" for number in range(33)), False),
        ("k=" + "v" * 511, False),
        ("rojo", False),
        ("Rojo=1", False),
        ("rojo=1,", False),
        ("rojo=1=2", False),
        ("rojo=1\r\nx-evil: 1", False),
        ("rojo=\u00e9", False),
    ],
)
def test_what_others_send_along_is_passed_on_where_it_is_well_formed(state: str, *, passed_on: bool) -> None:
    assert _begin(f"00-{ID}-b7ad6b7169203331-01", state).state == (state if passed_on else "")
    # Without its trace it means nothing.
    assert _begin(None, state).state == ""


def test_a_recorded_span_is_the_parent_of_calls_until_it_is_left() -> None:
    def request() -> None:
        begun = trace.begin(f"00-{ID}-b7ad6b7169203331-00")
        token = trace.enter(begun._replace(flags="01", span="00f067aa0ba902b7"))
        assert trace.current().parent == f"00-{ID}-00f067aa0ba902b7-01"
        trace.leave(token)
        assert trace.known() == begun

    copy_context().run(request)
    assert copy_context().run(trace.known) is None
