"""Who sends a request."""

from typing import NamedTuple

from resolvers.context import Viewer


class Caller(NamedTuple):
    """Who asks.

    Attributes:
        viewer: The person; None when nobody is signed in.
        client: The program; empty when it does not say.
        is_router: Whether a router of the federated graph asks on the person's behalf.
    """

    viewer: Viewer | None
    client: str
    is_router: bool = False
