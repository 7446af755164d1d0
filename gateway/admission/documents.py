"""Documents that are known by an id: trusted ones from a manifest, and those that clients register as they go."""

import hashlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from graphql import GraphQLError
from msgspec import Struct
from redis.asyncio import Redis, RedisCluster

from engine.plans import Bounded
from gateway.request import Operation, PersistedQuery, Refusal
from loaders.failures import FAILURES

log = logging.getLogger(__name__)

MAX_MEMORY_BYTES = 16 * 1024 * 1024
# A failing Redis is asked again only after this long.
SECONDS_SKIPPED = 1.0
_SHA256_LENGTH = 64


class ManifestError(Exception):
    """A manifest that cannot be read, or whose documents are not what they say."""


class ApolloOperation(Struct, frozen=True):
    """One operation of Apollo's manifest; other members are not needed."""

    id: str
    body: str


class ApolloManifest(Struct, frozen=True, tag_field="format", tag="apollo-persisted-query-manifest"):
    """What Apollo's ``generate-persisted-query-manifest`` writes."""

    version: int
    operations: list[ApolloOperation]


def read_manifest(file: Path) -> dict[str, str]:
    """Return a manifest's documents by their ids: Apollo's format, or Relay's, an object of texts by ids.

    Raises:
        ManifestError: It is neither, or two documents have one id.
    """
    try:
        content = file.read_bytes()
        try:
            return msgspec.json.decode(content, type=dict[str, str])
        except msgspec.ValidationError:
            operations = msgspec.json.decode(content, type=ApolloManifest).operations
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise ManifestError(f"{file} is no manifest: {error}") from None
    documents = {one.id: one.body for one in operations}
    if len(documents) != len(operations):
        raise ManifestError(f"{file} has two documents with one id")
    return documents


def documents_of(file: Path) -> dict[str, str]:
    """Return the documents of a manifest, or the one of a ``.graphql`` file, whose id is its SHA-256."""
    if file.suffix == ".json":
        return read_manifest(file)
    text = file.read_text()
    return {sha256(text): text}


def sha256(text: str) -> str:
    """Return the id that a document gives itself."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Trusted:
    """The documents of a manifest.

    Args:
        documents: By id.
        only: Whether others are refused; else they are written to the log, each once.
    """

    def __init__(self, documents: Mapping[str, str], *, only: bool) -> None:
        self._documents = documents
        self._texts = frozenset(documents.values())
        self._only = only
        self._logged: Bounded[bool] = Bounded(MAX_MEMORY_BYTES)

    def find(self, name: str) -> str | None:
        """Return the document with an id."""
        return self._documents.get(name)

    def check(self, text: str) -> None:
        """Raise ``GraphQLError`` for a document that is not in the manifest, where others are refused."""
        if text in self._texts:
            return
        if self._only:
            raise _refusal("PERSISTED_QUERY_REQUIRED", "Only documents that were registered before are executed.")
        name = sha256(text)
        if self._logged.get(name) is None:
            self._logged.put(name, value=True, size=len(name))
            log.warning("a document is not in the manifest", extra={"document": name})


class Registered:
    """Documents that clients register by their hash: Apollo's automatic persisted queries.

    They are kept in memory, and in Redis for other replicas. Without Redis, each replica is told by the clients.

    Args:
        redis: Where others find them.
        seconds: How long.
    """

    def __init__(self, redis: Redis | RedisCluster | None, *, seconds: int) -> None:
        self._redis = redis
        self._seconds = seconds
        self._memory: Bounded[str] = Bounded(MAX_MEMORY_BYTES)
        self._skipped_until = 0.0

    async def find(self, name: str) -> str | None:
        """Return the document with this hash; None also where Redis cannot be asked."""
        text = self._memory.get(name)
        if text is not None or self._redis is None or time.monotonic() < self._skipped_until:
            return text
        try:
            value = await self._redis.get(_key(name))
        except FAILURES:
            self._skipped_until = time.monotonic() + SECONDS_SKIPPED
            return None
        text = value.decode(errors="replace") if isinstance(value, bytes) else None
        # What another program wrote there is not executed.
        if text is None or sha256(text) != name:
            return None
        self._memory.put(name, text, len(text))
        return text

    async def keep(self, name: str, text: str) -> None:
        """Keep a document under its hash."""
        if self._memory.get(name) is not None:
            return
        self._memory.put(name, text, len(text))
        if self._redis is None or time.monotonic() < self._skipped_until:
            return
        try:
            await self._redis.set(_key(name), text, ex=self._seconds)
        except FAILURES:
            self._skipped_until = time.monotonic() + SECONDS_SKIPPED


class KnownDocuments:
    """Finds the document that a request means.

    Args:
        trusted: Of a manifest; None: all documents are alike.
        registered: By clients; None: they cannot.
    """

    def __init__(self, trusted: Trusted | None, registered: Registered | None) -> None:
        self._trusted = trusted
        self._registered = registered

    async def text(self, operation: Operation, *, is_router: bool) -> str:
        """Return the document; raises ``Refusal`` or ``GraphQLError`` where there is none to execute.

        A router makes documents as it plans, so none of its own is in a manifest; it is trusted by its secret.
        """
        persisted = operation.extensions.persisted_query if operation.extensions else None
        name = operation.document_id or (persisted.sha256 if persisted else None)
        if operation.query is None:
            if name is None:
                raise Refusal(400, "BAD_USER_INPUT", "There is neither a 'query' nor a 'documentId'.")
            return await self._find(name)
        if operation.document_id is not None:
            raise Refusal(400, "BAD_USER_INPUT", "There is both a 'query' and a 'documentId'.")
        if self._trusted is not None and not is_router:
            self._trusted.check(operation.query)
        if persisted is not None and self._registered is not None and not _is_hash_of(persisted, operation.query):
            raise Refusal(400, "BAD_USER_INPUT", "The hash is not the SHA-256 of the query.")
        return operation.query

    async def keep(self, operation: Operation) -> None:
        """Keep a document that a client registers, once it was admitted: nobody fills Redis with what is refused."""
        persisted = operation.extensions.persisted_query if operation.extensions else None
        if persisted is not None and operation.query is not None and self._registered is not None:
            await self._registered.keep(persisted.sha256, operation.query)

    async def _find(self, name: str) -> str:
        text = self._trusted.find(name) if self._trusted is not None else None
        if text is None and self._registered is not None and _is_sha256(name):
            text = await self._registered.find(name)
            if text is not None and self._trusted is not None:
                self._trusted.check(text)
        if text is None:
            # Apollo's clients look for these very words and then send the document.
            raise _refusal("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        return text


def _is_sha256(name: str) -> bool:
    return len(name) == _SHA256_LENGTH and set(name) <= set("0123456789abcdef")


def _is_hash_of(persisted: PersistedQuery, text: str) -> bool:
    return persisted.version == 1 and persisted.sha256 == sha256(text)


def _key(name: str) -> str:
    return f"order-center:document:{name}"


def _refusal(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
