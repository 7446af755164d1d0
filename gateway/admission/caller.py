"""Who sends a request."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from resolvers.context import Viewer

# Which program asks, by its own account.
CLIENT_HEADERS = (b"graphql-client-name", b"apollographql-client-name")
# No program can have this name.
STRANGERS = "*"
# What is longer or stranger is no name of a program or an operation, and might be personal.
_NAME = re.compile(r"[A-Za-z_][\w. -]{0,49}", re.ASCII)


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


def person_of(caller: Caller) -> str | None:
    """Return by whom a caller is counted; strangers are one.

    None: by nobody. Behind a router are many strangers, and it bounds them itself.
    """
    if caller.viewer is not None:
        return caller.viewer.id
    return None if caller.is_router else ""


def program_of(caller: Caller) -> str:
    """Return as which program a caller is counted; strangers are one, whatever they say, since they could say anything.

    Behind a router, what strangers ask with is the router's word.
    """
    return caller.client if caller.viewer is not None or caller.is_router else STRANGERS


def client_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the name of the program that asks; empty where it has none, or none that can be one."""
    for header in CLIENT_HEADERS:
        if header in headers:
            return safe_name(headers[header].decode("latin-1"))
    return ""


def safe_name(text: str | None) -> str:
    """Return what clients call themselves or their operations, if it may go into a log."""
    return text if text and _NAME.fullmatch(text) else ""
