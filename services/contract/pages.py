"""Rules about searches: pages, positions and windows."""

from collections.abc import Iterator

from services.contract.client import Client, Json
from services.contract.endpoints import Search

_UNKNOWN = "cus_0000000000000000000000000000000000000000"
_MADE_UP = ("", "x", "AAAAAAAAAAAAAAAA", "\N{SNOWMAN}", "0" * 200)
_POSITION_LIMIT = 200
# Enough for ties and several pages, and for every walk to stay short.
_ITEMS = 25
_PAGES = 3


def check_queries(client: Client, search: Search) -> None:
    """The rules that need no data."""
    _check_unknown_customer(client, search)
    _check_made_up_positions(client, search)
    _check_refs(client, search)


def check_pages(client: Client, search: Search, customer: str) -> None:
    """The rules about a customer's items, in every sort and direction."""
    for sort in search.sorts:
        for descending in (True, False):
            _check_sort(client, search, {"customerId": customer, "sort": sort, "descending": descending})


def _check_unknown_customer(client: Client, search: Search) -> None:
    page = client.page(search.path, {"customerId": _UNKNOWN, "limit": 5})
    total = page.pop("totalCount", "missing")
    empty = {"customerId": _UNKNOWN, "items": [], "positions": [], "hasNext": False, "hasPrevious": False}
    client.expect(page == empty and total in (0, None), search.path, "an unknown customer has an empty page")


def _check_made_up_positions(client: Client, search: Search) -> None:
    for end in ("after", "before"):
        queries: list[Json] = [
            {"ref": f"q{number}", "customerId": _UNKNOWN, "limit": 5, end: position}
            for number, position in enumerate(_MADE_UP)
        ]
        queries.append({"ref": "good", "customerId": _UNKNOWN, "limit": 5})
        rows = client.rows(search.path, queries)
        refused = {row["key"] for row in rows if row.get("error", {}).get("code") == "INVALID_POSITION"}
        made_up = {query["ref"] for query in queries[:-1]}
        client.expect(refused == made_up, search.path, f"a made-up `{end}` is INVALID_POSITION, other queries are not")


def _check_refs(client: Client, search: Search) -> None:
    query = {"ref": "same", "customerId": _UNKNOWN, "limit": 5}
    rows = client.rows(search.path, [query, query])
    client.expect(len(rows) == 1 and "value" in rows[0], search.path, "the same query twice is answered once")
    rows = client.rows(search.path, [query, query | {"limit": 6}])
    refused = [row.get("error", {}).get("code") for row in rows]
    client.expect(refused == ["INVALID_ARGUMENT"], search.path, "two different queries under one ref: INVALID_ARGUMENT")


def _check_sort(client: Client, search: Search, query: Json) -> None:
    path, rule = search.path, f"{query['sort']} {'descending' if query['descending'] else 'ascending'}"
    whole = client.page(path, query | {"limit": _ITEMS})
    items, positions = whole["items"], whole["positions"]
    client.expect(all(item["customerId"] == query["customerId"] for item in items), path, f"{rule}: one owner")
    client.expect(len(positions) == len(items), path, f"{rule}: one position per item")
    client.expect(all(len(each) <= _POSITION_LIMIT for each in positions), path, f"{rule}: positions are short")
    client.expect(not whole["hasPrevious"], path, f"{rule}: nothing before the first item")
    total = whole["totalCount"]
    exact = total == len(items) if not whole["hasNext"] else total is not None and total > len(items)
    client.expect(total is None or exact, path, f"{rule}: totalCount is exact")
    if items:
        _check_walks(client, search, query, whole, rule)
        _check_windows(client, search, query, whole, rule)
        _check_foreign_position(client, search, query, positions[0])


def _check_walks(client: Client, search: Search, query: Json, whole: Json, rule: str) -> None:
    items, positions = whole["items"], whole["positions"]
    forward = [item for page in _walk(client, search, query, len(items)) for item in page["items"]]
    client.expect(forward[: len(items)] == items, search.path, f"{rule}: pages forward make the whole list")
    end = {"before": positions[-1]}
    pages = list(_walk(client, search, query | end | {"backward": True}, len(items)))
    backward = [item for page in reversed(pages) for item in page["items"]]
    client.expect(backward == items[:-1], search.path, f"{rule}: pages backward make the whole list")


def _walk(client: Client, search: Search, query: Json, enough: int) -> Iterator[Json]:
    backward = query.get("backward", False)
    more, end, place = ("hasPrevious", "before", 0) if backward else ("hasNext", "after", -1)
    seen = 0
    while seen < enough:
        page = client.page(search.path, query | {"limit": max(1, enough // _PAGES)})
        yield page
        seen += len(page["items"])
        if not page[more] or not page["items"]:
            return
        query = query | {end: page["positions"][place]}


def _check_windows(client: Client, search: Search, query: Json, whole: Json, rule: str) -> None:
    items, positions = whole["items"], whole["positions"]
    inner = client.page(search.path, query | {"limit": _ITEMS, "after": positions[0], "before": positions[-1]})
    client.expect(inner["items"] == items[1:-1], search.path, f"{rule}: both ends of a window are exclusive")
    client.expect(inner["hasPrevious"] and inner["hasNext"], search.path, f"{rule}: the flags look beyond the window")
    before_all = client.page(search.path, query | {"limit": _ITEMS, "before": positions[0]})
    nothing = (before_all["items"], before_all["hasPrevious"], before_all["hasNext"])
    client.expect(nothing == ([], False, True), search.path, f"{rule}: an empty window before the first item")


def _check_foreign_position(client: Client, search: Search, query: Json, position: str) -> None:
    for sort in search.sorts:
        if sort != query["sort"]:
            asked = {"ref": "q", "customerId": query["customerId"], "limit": 1, "sort": sort, "after": position}
            codes = [row.get("error", {}).get("code") for row in client.rows(search.path, [asked])]
            rule = f"a position of {query['sort']} is INVALID_POSITION for {sort}"
            client.expect(codes == ["INVALID_POSITION"], search.path, rule)
