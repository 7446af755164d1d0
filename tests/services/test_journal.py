"""What has changed of a person's things: each once, where it changed last, and in the order of commits."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from services.common.database import open_read_only
from services.common.journal import JOURNAL, JournalQuery
from services.common.migrations import open_database
from tests.services.conftest import Caller, Json
from tests.services.test_plans import Explaining, scans

PATH = "/v1/journal:search"
NOW = "2026-11-24T12:00:00Z"


def _read(caller: Caller, after: str | None = None, customer: str = "cus_ada") -> Json:
    return caller.page(PATH, customerId=customer, descending=False, after=after)


def _ids(page: Json) -> list[tuple[str, bool]]:
    return [(entry["id"], entry["removed"]) for entry in page["items"]]


def test_what_changes_is_found_after_the_place_that_was_read(changing: Callable[[str], Caller]) -> None:
    recs = changing("recs")
    assert _read(recs)["items"] == []
    recs.command("/v1/tags:remove", "k1", productId="prd_b")
    tag = recs.command("/v1/tags:add", "k2", productId="prd_b", note=None, labels=[], source=None).json()["id"]
    first = _read(recs)
    assert first["items"][0] == {"id": "tag_b", "customerId": "cus_ada", "changedAt": NOW, "removed": True}
    assert _ids(first) == [("tag_b", True), (tag, False)]

    # All in the same second: what was read does not come again, and what changes again does.
    recs.command("/v1/tags:update", "k3", tagId="tag_a", note="New")
    recs.command("/v1/tags:update", "k4", tagId=tag, note="Newer")
    recs.command("/v1/suggestions:dismiss", "k5", suggestionId="sug_a")
    later = _read(recs, after=first["positions"][-1])
    assert _ids(later) == [("tag_a", False), (tag, False), ("sug_a", True)]
    assert _ids(_read(recs)) == [("tag_b", True), ("tag_a", False), (tag, False), ("sug_a", True)]
    assert _read(recs, customer="cus_bo")["items"] == []
    # A command that is repeated under its key, or refused, changes nothing.
    recs.command("/v1/tags:update", "k4", tagId=tag, note="Newer")
    recs.refusal("/v1/tags:remove", "k6", productId="prd_none")
    assert _ids(_read(recs, after=later["positions"][-1])) == []


def test_orders_returns_and_payment_methods_are_entered(changing: Callable[[str], Caller]) -> None:
    order, payment = changing("order"), changing("payment")
    order.command("/v1/orders:archive", "k1", orderId="ord_full")
    order.command("/v1/returns:cancel", "k2", returnId="ret_2")
    assert _ids(_read(order)) == [("ord_full", False), ("ret_2", False)]
    payment.command("/v1/paymentMethods:setDefault", "k3", paymentMethodId="pm_2")
    assert _ids(_read(payment)) == [("pm_1", False), ("pm_2", False)]


def test_what_was_changed_says_when(changing: Callable[[str], Caller]) -> None:
    recs = changing("recs")
    before: Json = recs.ask("/v1/tags:batchGet", "tag_a")["tag_a"]  # type: ignore[assignment]  # a tag
    changed = recs.command("/v1/tags:update", "k1", tagId="tag_a", note="New").json()
    assert (before["updatedAt"], changed["updatedAt"]) == (before["taggedAt"], NOW)
    assert changed["taggedAt"] == before["taggedAt"]


def test_a_place_is_never_given_twice(changing: Callable[[str], Caller], own_data: Path) -> None:
    recs = changing("recs")
    recs.command("/v1/tags:update", "k1", tagId="tag_a", note="New")
    seen = _read(recs)["positions"][-1]
    with closing(open_database(own_data / "recs.sqlite")) as connection:
        connection.execute("DELETE FROM journal")
    recs.command("/v1/tags:update", "k2", tagId="tag_a", note="Newer")
    assert _ids(_read(recs, after=seen)) == [("tag_a", False)]


def test_the_journal_is_read_by_its_index(own_data: Path) -> None:
    with closing(open_read_only(own_data / "order.sqlite")) as connection:
        reader = Explaining(connection)
        JOURNAL.read(reader, [JournalQuery(ref="q", customer_id="cus_ada", limit=5, descending=False)])
    assert reader.plans
    for sql, plan in reader.plans:
        assert scans(plan) == [], sql
