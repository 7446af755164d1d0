"""Reads an answer's body to its end or to a cap, which counts what comes in as well as what it unpacks to."""

import zlib

import httpx

_GZIP = 31  # zlib's number for a gzip header and checksum


class BodyError(Exception):
    """A body that cannot be used; the message says why without any of it."""


async def read(response: httpx.Response, limit: int) -> bytes:
    """Return the body, unpacked; in any case the response is closed.

    Raises:
        BodyError: More than ``limit`` bytes, packed or unpacked, or not packed as the headers say.
        httpx.TransportError: The connection broke.
    """
    encoding = response.headers.get("content-encoding", "identity").lower()
    try:
        if encoding == "identity":
            return await _plain(response, limit)
        if encoding == "gzip":
            return await _unpacked(response, limit)
        raise BodyError("packed in a way that was not asked for")
    finally:
        await response.aclose()


async def _plain(response: httpx.Response, limit: int) -> bytes:
    chunks = []
    size = 0
    async for chunk in _chunks(response):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise BodyError("too large")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _unpacked(response: httpx.Response, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    body = bytearray()
    packed = 0
    async for chunk in _chunks(response):
        packed += len(chunk)
        try:
            body += unpacker.decompress(chunk, limit - len(body) + 1)
        except zlib.error:
            raise BodyError("bad gzip") from None
        if len(body) > limit or packed > limit:
            raise BodyError("too large")
    if not unpacker.eof or unpacker.unused_data:
        raise BodyError("bad gzip")
    return bytes(body)


def _chunks(response: httpx.Response) -> httpx.AsyncByteStream:
    """Return the bytes as they came: httpx's own readers unpack without a cap."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the transport answered synchronously")
    return response.stream
