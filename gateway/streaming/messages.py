"""What clients say in ``graphql-transport-ws``, and the codes that a connection is closed with.

Source: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.request import Operation

PROTOCOL = "graphql-transport-ws"
MAX_NAME_LENGTH = 200

GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
BAD_REQUEST = 4400
UNAUTHORIZED = 4401
# Clients come back after this one, with a new token if they have a function for it; 4401 would end their operations.
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INIT_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITS = 4429
# Of the text after a code.
MAX_REASON_BYTES = 123

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH)]


class InitPayload(Struct, frozen=True):
    """What a client says of itself; other members are ignored. Names of headers are taken in any of their spellings."""

    authorization: str | None = None
    authorization_capital: str | None = msgspec.field(default=None, name="Authorization")
    last_event_id: str | None = msgspec.field(default=None, name="lastEventId")


class Init(Struct, frozen=True, tag="connection_init"):
    """The first message."""

    payload: InitPayload | None = None


class Subscribe(Struct, frozen=True, tag="subscribe"):
    """An operation of any type."""

    id: Name
    payload: Operation


class Complete(Struct, frozen=True, tag="complete"):
    """The client wants no more of an operation."""

    id: Name


class Ping(Struct, frozen=True, tag="ping"):
    """Is anybody there?"""


class Pong(Struct, frozen=True, tag="pong"):
    """Yes."""


Message = Init | Subscribe | Complete | Ping | Pong

decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
