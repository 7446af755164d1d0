"""The GraphiQL page: our own build from web/, served from here entirely, or Strawberry's where there is none."""

import os
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from strawberry.http.ides import get_graphql_ide_html

# In a checkout. An installed wheel has no web/ beside it, so no build either.
DIST = Path(__file__).resolve().parent.parent / "web" / "dist"

_COMMON = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_NEVER = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
# Monaco and GraphiQL set styles from scripts, and their fonts and icons are data: URLs.
_OWN_BUILD = _NEVER | {
    "script-src": "'self'",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
}
# Strawberry's page is one inline script that loads everything else from a CDN.
_FROM_CDN = _NEVER | {
    "script-src": "https: 'unsafe-inline'",
    "connect-src": "'self'",
    "style-src": "https: 'unsafe-inline'",
    "font-src": "https: data:",
    "img-src": "https: data:",
}


class _HashedFiles(StaticFiles):
    """Files whose names change with their contents, so that no browser asks for one twice."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update({"Cache-Control": "public, max-age=31536000, immutable"} | _COMMON)
        return response


def is_built(dist: Path = DIST) -> bool:
    """Whether `scripts/web` has built the page; without it GraphiQL needs a CDN, and with it no network at all."""
    return (dist / "index.html").is_file()


def graphiql_page(dist: Path = DIST) -> Response:
    """The page itself, for a browser that asks for GET /graphql. Never cached: it names the current build's files."""
    if is_built(dist):
        return FileResponse(dist / "index.html", headers=_page_headers(_OWN_BUILD))
    # Strawberry's page would keep the headers, and so the token, in the browser's storage.
    html = get_graphql_ide_html().replace("shouldPersistHeaders: true", "shouldPersistHeaders: false")
    return HTMLResponse(html, headers=_page_headers(_FROM_CDN))


def routes(dist: Path = DIST) -> list[BaseRoute]:
    """What the page loads: /graphiql/assets/*, public and immutable. Empty without a build."""
    if not is_built(dist):
        return []
    return [Mount("/graphiql/assets", _HashedFiles(directory=dist / "assets"), name="graphiql")]


def _page_headers(policy: Mapping[str, str]) -> dict[str, str]:
    directives = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    return {"Content-Security-Policy": directives, "Cache-Control": "no-cache", "Vary": "Accept"} | _COMMON
