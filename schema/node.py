"""Relay's Node interface."""

import strawberry


@strawberry.interface(description="Anything with a global id; `node(id:)` finds it again.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = strawberry.field(description="Globally unique and stable; opaque to clients.")
