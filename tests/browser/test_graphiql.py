import json
from typing import Any

import pytest
from playwright.async_api import Page, Request, expect

from tests.browser.conftest import Visit

# One browser shows the page to all tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]


def _operation(request: Request) -> str | None:
    posted: Json = json.loads(request.post_data or "{}")
    name: str | None = posted.get("operationName")
    return name


async def _people(page: Page) -> list[Json]:
    """Who there is to be, by name; every call answers fresh tokens."""
    response = await page.request.get("/graphiql/people")
    people: list[Json] = await response.json()
    return people


async def _run(page: Page, operation: str) -> tuple[Request, Json]:
    """Press the run button; the request that left and the answer that came."""
    # GraphiQL reads the operation's name a moment after its text is there, and then names the tab after it.
    await expect(page.get_by_role("tab", selected=True).get_by_role("button").first).to_have_text(operation)
    async with page.expect_response(lambda response: _operation(response.request) == operation) as coming:
        await page.get_by_role("button", name="Execute query").click()
    response = await coming.value
    answer: Json = await response.json()
    return response.request, answer


async def test_the_first_run_answers_the_heavy_shoppers_latest_orders(visit: Visit) -> None:
    page = visit.page
    heavy, *_ = await _people(page)
    await expect(page.get_by_role("button", name=f"Demo person: {heavy['name']}")).to_be_visible()

    request, answer = await _run(page, "MyLatestOrders")

    assert request.headers["accept"] == "application/graphql-response+json, application/json"
    assert request.headers["graphql-preflight"] == "1"
    assert "errors" not in answer
    viewer = answer["data"]["viewer"]
    assert viewer["displayName"] == heavy["name"]
    assert len(viewer["orders"]["nodes"]) == 20
    assert viewer["orders"]["pageInfo"]["hasNextPage"] is True
    await expect(page.locator(".graphiql-response")).to_contain_text(viewer["orders"]["nodes"][0]["number"])
    assert visit.elsewhere == []
    assert visit.problems == []


async def test_the_chosen_person_is_the_one_who_asks_and_no_token_is_stored(visit: Visit) -> None:
    page = visit.page
    _, somebody, *_ = await _people(page)

    await page.get_by_role("button", name="Demo person").click()
    await page.get_by_role("menuitem", name=somebody["name"]).click()
    await page.get_by_role("button", name="Who am I?").click()
    request, answer = await _run(page, "WhoAmI")

    assert answer["data"]["viewer"]["displayName"] == somebody["name"]
    scheme, token = request.headers["authorization"].split(" ")
    assert scheme == "Bearer"
    await expect(page.get_by_role("region", name="Headers")).to_contain_text(token)

    await page.reload()
    await expect(page.get_by_role("button", name=f"Demo person: {somebody['name']}")).to_be_visible()
    stored: str = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "WhoAmI" in stored
    assert token not in stored
    assert visit.elsewhere == []
    assert visit.problems == []


async def test_every_starter_answers_without_an_error(visit: Visit) -> None:
    page = visit.page
    starters = page.get_by_role("region", name="Starter queries").get_by_role("button")
    operations = ["MyLatestOrders", "OrderCenter", "OneOrder", "PaymentsAndWallet"]
    operations += ["TagsAndSuggestions", "SearchAndFilter", "NextPage", "WhoAmI"]
    operations += ["CancelAnOrder", "SendSomethingBack", "SeveralChanges", "WhatIsNew"]
    # Two more come in parts or watch, which are tests of their own.
    await expect(starters).to_have_count(len(operations) + 2)

    for index, operation in enumerate(operations):
        await starters.nth(index if index < 11 else index + 1).click()
        _, answer = await _run(page, operation)
        assert "errors" not in answer, operation
        assert all(answer["data"].values()), operation
        assert await page.evaluate("document.documentElement.scrollTop") == 0, operation
    assert visit.problems == []


async def test_a_mutation_starter_run_twice_acts_once_and_the_next_query_shows_it(visit: Visit) -> None:
    page = visit.page
    await page.get_by_role("button", name="Several changes").click()
    _, first = await _run(page, "SeveralChanges")
    _, again = await _run(page, "SeveralChanges")
    assert first == again
    assert [payload["userErrors"] for payload in first["data"].values()] == [[], [], []]
    await page.get_by_role("button", name="Order Center", exact=False).first.click()
    _, center = await _run(page, "OrderCenter")
    assert center["data"]["viewer"]["orderCenter"]["unreadUpdates"] == 0
    assert visit.problems == []


async def test_an_answer_in_parts_grows_until_it_is_whole(visit: Visit) -> None:
    page = visit.page
    await page.get_by_role("button", name="Orders first").click()
    await expect(page.get_by_role("tab", selected=True).get_by_role("button").first).to_have_text("OrdersFirst")
    async with page.expect_response(lambda response: _operation(response.request) == "OrdersFirst") as coming:
        await page.get_by_role("button", name="Execute query").click()
    response = await coming.value
    assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
    shown = page.locator(".graphiql-response")
    for text in ('"displayName"', '"financialStatus"', '"suggestions"'):
        await expect(shown).to_contain_text(text)
    await expect(shown).not_to_contain_text("hasNext")
    assert visit.problems == []


async def test_a_subscription_shows_what_changes_as_it_changes(visit: Visit) -> None:
    page = visit.page
    await page.get_by_role("button", name="Watch an order travel").click()
    await expect(page.get_by_role("tab", selected=True).get_by_role("button").first).to_have_text("WatchOrdersTravel")
    async with page.expect_websocket() as connecting:
        await page.get_by_role("button", name="Execute query").click()
    socket = await connecting.value
    assert socket.url == page.url.replace("http", "ws")
    await expect(page.get_by_role("button", name="Stop query")).to_be_visible()
    # What another tab of the same person does is seen here.
    token = (await _people(page))[0]["token"]
    query = "{ viewer { orders(first: 1, filter: {archived: false, status: [COMPLETED]}) { nodes { id number } } } }"
    headers = {"Authorization": f"Bearer {token}"}
    found = await (await page.request.post("/graphql", data={"query": query}, headers=headers)).json()
    order = found["data"]["viewer"]["orders"]["nodes"][0]
    document = f'mutation {{ archiveOrder(input: {{orderId: "{order["id"]}"}}) {{ userErrors {{ code }} }} }}'
    done = await (await page.request.post("/graphql", data={"query": document}, headers=headers)).json()
    assert done["data"]["archiveOrder"]["userErrors"] == []
    await expect(page.locator(".graphiql-response")).to_contain_text(order["number"])
    await page.get_by_role("button", name="Stop query").click()
    if not socket.is_closed():
        await socket.wait_for_event("close")
    assert visit.elsewhere == []
    assert visit.problems == []


async def test_the_documentation_shows_the_schema(visit: Visit) -> None:
    page = visit.page
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = page.get_by_role("region", name="Documentation Explorer")

    await docs.get_by_role("link", name="Query", exact=True).click()

    await expect(docs).to_contain_text("The person who asks.")
    assert visit.elsewhere == []
    assert visit.problems == []
