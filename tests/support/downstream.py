"""Clients of a service for tests that need no gateway."""

import httpx
import msgspec

from downstream.client import ServiceClient
from downstream.policy import Policy

# As the settings' own, but nothing is sent twice: tests say what they want repeated.
POLICY = Policy(
    max_body_bytes=10_000_000,
    connections=100,
    queue=100,
    queue_seconds=0.1,
    retries=0,
    retry_share=0.2,
    retry_floor=1.0,
    hedge_quantile=1.0,
    hedge_share=0.05,
    breaker_failures=5,
    breaker_share=0.25,
    breaker_seconds=2.0,
)


def service_client(
    service: str, transport: httpx.AsyncBaseTransport, *, url: str = "http://service.example", **changes: float
) -> ServiceClient:
    """A client with the policy above, changed as told."""
    policy = msgspec.structs.replace(POLICY, **changes)
    return ServiceClient(service, transport, url=url, token=service, policy=policy)
