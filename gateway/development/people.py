"""The demo people of a development issuer, for the page that lets one choose whom to be."""

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class DemoPeople:
    """Passes on the issuer's ``/people``, so that the page needs no other origin than the gateway's."""

    def __init__(self, http: httpx.AsyncClient, issuer_url: str) -> None:
        self._http = http
        self._url = f"{issuer_url.rstrip('/')}/people"

    async def __call__(self, _request: Request) -> Response:
        """Answer the people with a fresh token each; 502 when the issuer cannot be asked."""
        try:
            response = await self._http.get(self._url)
            response.raise_for_status()
        except httpx.HTTPError:
            return JSONResponse({"detail": "The development issuer cannot be asked."}, status_code=502)
        return Response(response.content, media_type="application/json", headers={"Cache-Control": "no-store"})
