"""What people and programs do to a gateway, good and bad, in random order."""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import msgspec
from redis.asyncio import Redis

from benchmarks.queries import our_query

CENTER = our_query("center")
ORDERS = "query Orders { viewer { orders(first: 20) { nodes { id number lineItems { id product { id title } } } } } }"
SMALL = "query Small { viewer { displayName orderCenter { toPay toShip } } }"
TAG = "mutation Tag($input: TagProductInput!) { tagProduct(input: $input) { tag { id } userErrors { code } } }"
ARCHIVE = "mutation Archive($input: ArchiveOrderInput!) { archiveOrder(input: $input) { userErrors { code } } }"
# The services' own stream of events (docs/contracts.md).
STREAM = "order-center:events"
ABORTED_WITHIN_SECONDS = 0.05

_dice = random.Random(1)  # noqa: S311  no secret


@dataclass(frozen=True)
class Person:
    """Somebody who shops."""

    id: str
    token: str
    orders: Sequence[str]
    products: Sequence[str]


@dataclass
class Traffic:
    """Sends one thing after the other.

    Attributes:
        done: What was sent, and what came back, by kind.
    """

    url: str
    http: httpx.AsyncClient
    redis: Redis
    people: Sequence[Person]
    done: Counter[str] = field(default_factory=Counter)

    async def one(self) -> None:
        """Do one thing."""
        kinds: Mapping[Callable[[Person], Awaitable[str]], int] = {
            self._center: 30,
            self._orders: 20,
            self._small: 20,
            self._new_document: 5,
            self._bad_document: 5,
            self._no_request: 3,
            self._stranger: 2,
            self._change: 5,
            self._invalidate: 5,
            self._abort: 5,
        }
        (do,) = _dice.choices(list(kinds), list(kinds.values()))
        outcome = await do(_dice.choice(self.people))
        self.done[f"{do.__name__.strip('_')} {outcome}"] += 1

    async def _center(self, person: Person) -> str:
        return await self._post(person, CENTER.document, CENTER.variables_of(person.id))

    async def _orders(self, person: Person) -> str:
        return await self._post(person, ORDERS)

    async def _small(self, person: Person) -> str:
        return await self._post(person, SMALL)

    async def _new_document(self, person: Person) -> str:
        name = f"q{secrets.token_hex(6)}"
        return await self._post(person, f"query {name} {{ {name}: viewer {{ id displayName }} }}")

    async def _bad_document(self, person: Person) -> str:
        deep = "{ viewer " * 40 + "}" * 40
        text = _dice.choice(["{ viewer { nothing } }", "query {", deep, f"{{ q{secrets.token_hex(4)} }}"])
        return await self._post(person, text)

    async def _no_request(self, _person: Person) -> str:
        body = _dice.choice([b"", b"null", b"[]", b"\xff", b'{"query": 1}', b"{" * 500])
        answer = await self.http.post(f"{self.url}/graphql", content=body, headers={"Content-Type": "application/json"})
        return str(answer.status_code)

    async def _stranger(self, _person: Person) -> str:
        headers = {"Authorization": "Bearer nonsense"}
        answer = await self.http.post(f"{self.url}/graphql", json={"query": SMALL}, headers=headers)
        return str(answer.status_code)

    async def _change(self, person: Person) -> str:
        key = secrets.token_hex(8)
        if _dice.random() < 0.5:  # noqa: PLR2004  half
            given = {"productId": _dice.choice(person.products), "idempotencyKey": key}
            return await self._post(person, TAG, {"input": given})
        given = {"orderId": _dice.choice(person.orders), "idempotencyKey": key}
        return await self._post(person, ARCHIVE, {"input": given})

    async def _invalidate(self, person: Person) -> str:
        event = {
            "specversion": "1.0",
            "id": secrets.token_hex(8),
            "source": "soak",
            "type": "customer.updated",
            "data": {"customerId": person.id},
        }
        await self.redis.xadd(STREAM, {"event": msgspec.json.encode(event)}, maxlen=1000)
        return "sent"

    async def _abort(self, person: Person) -> str:
        """Leave in the middle of it, without a word."""
        parts = urlsplit(self.url)
        body = msgspec.json.encode({"query": CENTER.document, "variables": CENTER.variables_of(person.id)})
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: Bearer {person.token}\r\n\r\n"
        )
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(head.encode() + body[: _dice.randint(0, 2 * len(body))])
        await asyncio.sleep(_dice.uniform(0, ABORTED_WITHIN_SECONDS))
        writer.transport.abort()
        return "sent"

    async def _post(self, person: Person, query: str, variables: Mapping[str, object] | None = None) -> str:
        headers = {"Authorization": f"Bearer {person.token}", "GraphQL-Client-Name": "soak"}
        body = {"query": query, "variables": variables}
        answer = await self.http.post(f"{self.url}/graphql", json=body, headers=headers)
        if answer.status_code != httpx.codes.OK:
            return str(answer.status_code)
        codes = {error["extensions"]["code"] for error in answer.json().get("errors", ())}
        return " ".join(sorted(codes)) or "good"


async def people(url: str, issuer: str, http: httpx.AsyncClient) -> Sequence[Person]:
    """Return the demo people who have orders, each with a token and what they may change."""
    found = []
    for one in (await http.get(f"{issuer}/people")).raise_for_status().json():
        headers = {"Authorization": f"Bearer {one['token']}"}
        answer = await http.post(f"{url}/graphql", json={"query": ORDERS}, headers=headers)
        orders = answer.json()["data"]["viewer"]["orders"]["nodes"]
        products = [item["product"]["id"] for order in orders for item in order["lineItems"] if item["product"]]
        if orders and products:
            found.append(Person(one["id"], one["token"], [order["id"] for order in orders], products))
    return found
