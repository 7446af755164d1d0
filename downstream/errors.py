"""What can go wrong on the way to a service. Messages hold no host, path or personal data: clients may see them."""


class DownstreamError(Exception):
    """A service did not give a usable answer.

    Attributes:
        service: Name of the service, such as ``order``.
        blames: Whether it tells against the service, so that failing often it is called no more for a while.
        may_have_acted: Whether the service may have got the request and done what it asks for.
        status: HTTP status of its answer, where that was the failure; else 0.
    """

    reason = "failed"
    status = 0
    blames = True
    may_have_acted = False

    def __init__(self, service: str) -> None:
        super().__init__(f"The {service} service {self.reason}.")
        self.service = service


class DownstreamUnavailableError(DownstreamError):
    """No connection, a broken one, or an answer of status 5xx."""

    reason = "is unavailable"

    def __init__(self, service: str, *, may_have_acted: bool = True) -> None:
        super().__init__(service)
        self.may_have_acted = may_have_acted


class DownstreamTimeoutError(DownstreamError):
    """No answer within the deadline."""

    reason = "did not answer in time"

    def __init__(self, service: str, *, blames: bool = True, may_have_acted: bool = True) -> None:
        super().__init__(service)
        self.blames = blames
        self.may_have_acted = may_have_acted


class DownstreamStaleError(DownstreamError):
    """A kept connection was closed by the service while the request was on its way; nothing was answered."""

    reason = "is unavailable"
    blames = False
    may_have_acted = True


class DownstreamOverloadedError(DownstreamError):
    """The service asked for less (429 or 503).

    Attributes:
        retry_after: Seconds that it asked to wait; 0 where it did not say.
    """

    reason = "is overloaded"

    def __init__(self, service: str, *, retry_after: float = 0.0) -> None:
        super().__init__(service)
        self.retry_after = retry_after


class DownstreamRejectedError(DownstreamError):
    """The call was not made: the service is failing, or has as many calls as it can take."""

    reason = "is unavailable"
    blames = False


class DownstreamMalformedError(DownstreamError):
    """The answer is not what the contract says: wrong types, truncated, not JSON."""

    reason = "gave an answer that cannot be used"
    may_have_acted = True


class DownstreamRefusedError(DownstreamError):
    """The service refused the whole call (another 4xx): the gateway and the service disagree about the contract."""

    reason = "refused the request"
    blames = False


class KeyRefusedError(Exception):
    """The service refused one key of a batch: an argument, such as a position, is not one of its own.

    Attributes:
        service: Name of the service.
        code: ``INVALID_ARGUMENT`` or ``INVALID_POSITION``.
    """

    def __init__(self, service: str, code: str) -> None:
        super().__init__(f"The {service} service refused an argument.")
        self.service = service
        self.code = code
