"""What has changed of a person's things."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from downstream.journal import Entry
from downstream.user import Badges
from engine import batch_field, loads
from resolvers import journal
from resolvers.context import Context
from resolvers.many import Level
from schema.connection import PageInfo
from schema.node import Node
from schema.records import reads
from schema.scalars import DateTime


@strawberry.type(description="A thing that has changed, has come, or is gone.")
@reads(Entry)
class Change:
    """A thing that has changed."""

    id: strawberry.ID = strawberry.field(description="The global id of the thing.")
    changed_at: DateTime = strawberry.field(description="When it last changed.")
    removed: bool = strawberry.field(description="Whether it is gone, so that a client forgets it.")
    subject: Node | None = batch_field(
        journal.subjects_of, description="The thing as it is now; null where it is gone."
    )


@strawberry.type(description="What has changed since a cursor.")
@reads(journal.Changes)
class Changes:
    """What has changed since a cursor."""

    nodes: list[Change | None] = strawberry.field(
        description="Each thing once, oldest change first. A null has an error that says which service could not be "
        "asked: what it knows comes with a later call."
    )
    page_info: PageInfo = strawberry.field(
        description="`endCursor` is what to ask with the next time: at once while there is more (`hasNextPage`)."
    )


@loads(journal.changes_of_centers)
def changes_of_centers(
    centers: Sequence[Badges],
    context: Context,
    since: Annotated[
        str | None, strawberry.argument(description="The last `endCursor`. Without one, only a cursor is given.")
    ] = None,
    first: Annotated[int | None, strawberry.argument(description="At most this many; 20 unless given.")] = None,
) -> Level[journal.Changes]:
    """Answer ``OrderCenter.changes``."""
    return journal.changes_of_centers(centers, context, since, first)
