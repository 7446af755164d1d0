import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, Route, async_playwright

from gateway.graphiql import is_built
from tests.support.system import require

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-gpu",
    "--no-first-run",
    # The cable is out: no name leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@dataclass
class Visit:
    """The GraphiQL page in a browser, what it asked of other hosts and what went wrong on it."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(message.text)

    def on_page_error(self, error: Error) -> None:
        self.problems.append(error.message)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium-browser") or shutil.which("google-chrome") or require("chromium", "chromium")
    if not is_built():
        require("npm", "npm")
        pytest.fail("web/dist is not built: scripts/web builds it.", pytrace=False)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, order_center_url: str) -> AsyncIterator[Visit]:
    # In a context of its own: it shares no storage, cookie or cache with another test's.
    page = await browser.new_page(base_url=order_center_url, viewport={"width": 1440, "height": 900})
    visit = Visit(page)
    page.on("console", visit.on_console)
    page.on("pageerror", visit.on_page_error)

    async def only_here(route: Route, request: Request) -> None:
        if urlsplit(request.url).netloc == urlsplit(order_center_url).netloc:
            await route.continue_()
        else:
            visit.elsewhere.append(request.url)
            await route.abort()

    await page.route("**/*", only_here)
    await page.goto("/graphql")
    await page.get_by_role("button", name="Execute query").wait_for()
    await page.locator(".graphiql-query-editor .view-line").first.wait_for()
    yield visit
    await page.close()
