"""What Starlette on uvicorn can do at best: answers come ready-made from a folder, ``ANSWERS/<query>/<customer>.json``.

A request names its query by its document (those of the folder QUERIES, by file name) and its customer by the variable
that holds an id such as ``cus_0001``.
"""

import os
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

QUERIES = Path(os.environ.get("QUERIES") or Path(__file__).resolve().parent.parent / "queries")
ANSWERS = Path(os.environ["ANSWERS"])

names = {file.read_text(): file.stem for file in QUERIES.glob("*.graphql")}
answers = {
    (folder.name, file.stem): file.read_bytes()
    for folder in ANSWERS.iterdir()
    if folder.is_dir()
    for file in folder.glob("*.json")
}


async def graphql(request: Request) -> Response:
    """Answer a request for which there is an answer; 404 otherwise."""
    body = orjson.loads(await request.body())
    query = names.get(body["query"], "")
    for value in body["variables"].values():
        if (query, value) in answers:
            return Response(answers[query, value], media_type="application/json")
    return Response(b'{"errors":[{"message":"There is no such answer."}]}', 404, media_type="application/json")


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "9200")),
        access_log=False,
        log_level="warning",
        server_header=False,
    )
