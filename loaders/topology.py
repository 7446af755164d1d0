"""Which Redis node keeps a key: the only one, or the primary of its slot in a cluster."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.connection import SSLConnection
from redis.crc import key_slot
from redis.exceptions import RedisClusterException

from loaders.link import Address


class Topology(Protocol):
    """Knows the nodes."""

    @property
    def is_cluster(self) -> bool:
        """Whether keys of one command must share a slot."""

    async def discover(self) -> Sequence[Address]:
        """Return the nodes that keep keys now; raises ``RedisError`` or ``OSError``."""

    def place(self, name: str) -> Address | None:
        """Return the node of a key; None while its slot is nobody's."""


class OneNode:
    """A Redis that is alone, or has replicas that are none of ours."""

    is_cluster = False

    def __init__(self, redis: Redis) -> None:
        kwargs: Mapping[str, Any] = redis.connection_pool.connection_kwargs
        is_tls = issubclass(redis.connection_pool.connection_class, SSLConnection)
        self._address = _address(kwargs, _tls(kwargs) if is_tls else None)

    async def discover(self) -> Sequence[Address]:
        """Return the one address."""
        return [self._address]

    def place(self, name: str) -> Address:  # noqa: ARG002  the signature is the protocol's
        """Return the one address."""
        return self._address


class ClusterNodes:
    """A Redis Cluster, discovered by redis-py's client."""

    is_cluster = True

    def __init__(self, cluster: RedisCluster) -> None:
        self._cluster = cluster
        kwargs = cluster.get_connection_kwargs()
        # One for all nodes and for good: contexts are equal only to themselves, and so are addresses that hold them.
        self._tls = _tls(kwargs) if kwargs.get("connection_class") is SSLConnection else None
        self._by_slot: dict[int, Address | None] = {}

    async def discover(self) -> Sequence[Address]:
        """Ask the cluster who keeps which slots."""
        await self._cluster.aclose()
        await self._cluster.initialize()
        self._by_slot.clear()
        return [self._of(node.host, node.port) for node in self._cluster.get_primaries()]

    def place(self, name: str) -> Address | None:
        """Return the primary of the key's slot."""
        slot = key_slot(name.encode())
        if slot not in self._by_slot:
            self._by_slot[slot] = self._primary(name)
        return self._by_slot[slot]

    def _primary(self, name: str) -> Address | None:
        try:
            node = self._cluster.get_node_from_key(name)
        except RedisClusterException:
            return None
        return None if node is None else self._of(node.host, node.port)

    def _of(self, host: str, port: int | str) -> Address:
        kwargs = self._cluster.get_connection_kwargs()
        return _address({**kwargs, "host": host, "port": port, "db": 0}, self._tls)


def _tls(kwargs: Mapping[str, Any]) -> ssl.SSLContext:
    """Return the context that redis-py's ``ssl_`` arguments describe."""
    tls = ssl.create_default_context(
        cafile=kwargs.get("ssl_ca_certs"), capath=kwargs.get("ssl_ca_path"), cadata=kwargs.get("ssl_ca_data")
    )
    is_checked = kwargs.get("ssl_cert_reqs") not in ("none", ssl.CERT_NONE)
    tls.check_hostname = is_checked and kwargs.get("ssl_check_hostname", True)
    if not is_checked:
        tls.verify_mode = ssl.CERT_NONE
    if certificate := kwargs.get("ssl_certfile"):
        tls.load_cert_chain(certificate, kwargs.get("ssl_keyfile"), kwargs.get("ssl_password"))
    return tls


def _address(kwargs: Mapping[str, Any], tls: ssl.SSLContext | None) -> Address:
    return Address(
        host=kwargs.get("host") or "localhost",
        port=int(kwargs.get("port") or 6379),
        path=kwargs.get("path"),
        username=kwargs.get("username"),
        password=kwargs.get("password"),
        db=int(kwargs.get("db") or 0),
        tls=tls,
    )
