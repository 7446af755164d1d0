"""How much a service is asked, how often again, and when no more: one frozen object of tunables."""

from msgspec import Struct


class CallPolicy(Struct, frozen=True, kw_only=True):
    """What holds for every call to one service.

    Attributes:
        max_body_bytes: Greatest answer, packed or unpacked.
        connections: Requests to the service at a time, at most.
        queue: Calls that may wait for their turn.
        queue_seconds: How long each of them may.
        retries: Times that a failed request is repeated, at most.
        retry_share: Retries and hedges per call, over time.
        retry_floor: Of these per second in any case, so that one of few calls may be repeated too.
        hedge_quantile: A request that takes longer than this share of its like is sent a second time; 1: none is.
        hedge_share: Hedges per call, over time.
        breaker_failures: Failures in a row that stop further calls.
        breaker_share: Share of failures among the last hundred calls that does so too.
        breaker_seconds: How long calls are stopped before a few try again.
        breaker_patience: Seconds that a read which is one of these few waits.
    """

    max_body_bytes: int = 10_000_000
    connections: int = 100
    queue: int = 100
    queue_seconds: float = 0.1
    retries: int = 2
    retry_share: float = 0.2
    retry_floor: float = 1.0
    hedge_quantile: float = 0.95
    hedge_share: float = 0.05
    breaker_failures: int = 5
    breaker_share: float = 0.25
    breaker_seconds: float = 2.0
    breaker_patience: float = 0.1
