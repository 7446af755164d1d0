"""The servers that are compared: how each is started, and what it needs to know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.places import BIN, HERE, PEERS, PEERS_PYTHON, ROOT, BenchmarkError, program
from benchmarks.tokens import ALGORITHM, AUDIENCE, ISSUER
from gateway.settings import Settings

# Longer than a run takes, where a peer lets its times to live be set.
TTL_SECONDS = "86400"
SECRET = "only-for-benchmarks-only-for-benchmarks"  # noqa: S105  signs cursors that nobody keeps
PAGE_SIZE = "1000"
OURS = "order-center"
# From the release on that knows the setting; an older gateway refuses to start with it.
HAS_MEMORY_TIER = hasattr(Settings, "memory_bytes")
MEMORY_BYTES = "256000000"
CEILING = "ceiling"


@dataclass(frozen=True)
class Wiring:
    """What a server is connected to.

    Attributes:
        port: Where it listens.
        standin: URL of the services' stand-in.
        redis: URL of its own Redis database; None: no cache.
        answers: Folder of ready-made answers, ``<query>/<customer>.json``.
        public_key: PEM file that checks tokens.
        in_memory: Whether it also caches in its own memory, where it can.
    """

    port: int
    standin: str
    redis: str | None
    answers: Path
    public_key: Path
    in_memory: bool


@dataclass(frozen=True)
class Server:
    """One server.

    Attributes:
        name: As on the command line and in the results.
        words: What it is, for the report.
        command: Program and arguments for a wiring.
        environment: Its variables for a wiring.
        folder: Where it runs.
        checks_tokens: Whether requests need a token.
        has_memory_tier: Whether it has a cache in its own memory.
        needs_answers: Whether it can only start once another server has answered everything.
    """

    name: str
    words: str
    command: Callable[[Wiring], list[str]]
    environment: Callable[[Wiring], dict[str, str]]
    folder: Path = ROOT
    checks_tokens: bool = False
    has_memory_tier: bool = False
    needs_answers: bool = False


def _order_center(wiring: Wiring) -> dict[str, str]:
    settings = {
        "JWT_PUBLIC_KEY_FILE": str(wiring.public_key),
        "JWT_ALGORITHM": ALGORITHM,
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "CURSOR_SECRET": SECRET,
        "MAX_PAGE_SIZE": PAGE_SIZE,
        # Longer than a run takes, as for the peers: 5 s, the shortest, become a day.
        "TTL_SCALE": "17280",
        # Everything is counted, and nobody is refused.
        "MAX_COST": "1000000000",
        "RATE_PER_PERSON": "1000000000",
        "RATE_PER_CLIENT": "1000000000",
    }
    for service in ("order", "payment", "recs"):
        settings[f"{service.upper()}_SERVICE_URL"] = f"{wiring.standin}/{service}"
        settings[f"{service.upper()}_SERVICE_TOKEN"] = "stand-in"
    if HAS_MEMORY_TIER:
        settings["MEMORY_BYTES"] = MEMORY_BYTES if wiring.in_memory else "0"
    if wiring.redis:
        settings["REDIS_URL"] = wiring.redis
    return {f"ORDER_CENTER_{name}": value for name, value in settings.items()}


def _peer(**more: str) -> Callable[[Wiring], dict[str, str]]:
    def environment(wiring: Wiring) -> dict[str, str]:
        given = {"PORT": str(wiring.port), "STANDIN": wiring.standin, "TTL": TTL_SECONDS, "NODE_ENV": "production"}
        return given | ({"REDIS_URL": wiring.redis} if wiring.redis else {}) | more

    return environment


def _node(file: str) -> Callable[[Wiring], list[str]]:
    return lambda _: [program("node"), file]


def _python(*arguments: str) -> Callable[[Wiring], list[str]]:
    return lambda _: [str(BIN / "python"), *arguments]


def _ceiling(wiring: Wiring) -> dict[str, str]:
    return {"PORT": str(wiring.port), "ANSWERS": str(wiring.answers)}


def _serve(wiring: Wiring) -> list[str]:
    return [str(BIN / "order-center"), "serve", "--host", "127.0.0.1", "--port", str(wiring.port)]


_strawberry = _python("-m", "strawberry_peer.app")
_packages = f"{PEERS_PYTHON}:{PEERS}"

SERVERS: Mapping[str, Server] = {
    server.name: server
    for server in (
        Server(
            OURS,
            "this gateway, with its checks of tokens and owners",
            _serve,
            _order_center,
            checks_tokens=True,
            has_memory_tier=HAS_MEMORY_TIER,
        ),
        Server("strawberry", "stock Strawberry: aiodataloader, httpx", _strawberry, _peer(PYTHONPATH=_packages)),
        Server(
            "strawberry-aiohttp",
            "the same on httpx-aiohttp",
            _strawberry,
            _peer(PYTHONPATH=_packages, HTTPX_AIOHTTP="1"),
        ),
        Server("apollo", "Apollo Server", _node("apollo.mjs"), _peer(), PEERS),
        Server(
            "apollo-nocc",
            "the same without its cache-control plugin",
            _node("apollo.mjs"),
            _peer(CACHE_CONTROL="0"),
            PEERS,
        ),
        Server("yoga", "GraphQL Yoga", _node("yoga.mjs"), _peer(), PEERS),
        Server("yoga-jit", "the same with graphql-jit", _node("yoga.mjs"), _peer(JIT="1"), PEERS),
        Server("mercurius", "Mercurius with jit", _node("mercurius.mjs"), _peer(), PEERS),
        Server(
            CEILING,
            "Starlette on the same uvicorn, returning the same bytes ready-made",
            _python(str(HERE / "peers" / "ceiling.py")),
            _ceiling,
            needs_answers=True,
        ),
    )
}


def find_servers(names: str) -> tuple[Server, ...]:
    """Return servers by their names, separated by commas; raises ``BenchmarkError`` for one that is none."""
    wanted = names.split(",")
    if unknown := [name for name in wanted if name not in SERVERS]:
        raise BenchmarkError(f"no server is called {', '.join(unknown)}; there are {', '.join(SERVERS)}")
    # What asks others for its answers cannot be alone, and ours is what the others are compared with.
    return tuple(SERVERS[name] for name in sorted(wanted, key=lambda name: list(SERVERS).index(name)))
