"""What one request knows: who asks, its loaders, and the settings that answers depend on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from downstream.record import Owned
from engine.access import Access
from engine.batching import Batches
from loaders import Loaders
from loaders.changes import Changes
from resolvers.cursor import Cursors
from resolvers.errors import ForbiddenError, RequestError, UnauthenticatedError
from resolvers.rollout import Rollout

# Lets support staff read what belongs to any customer.
READ_ANY = "orders:read:any"


@dataclass(frozen=True)
class Viewer:
    """The person, or member of staff, that the bearer token names."""

    id: str
    scopes: frozenset[str] = frozenset()

    @property
    def reads_any(self) -> bool:
        """Whether they may read other people's orders."""
        return READ_ANY in self.scopes


@dataclass(frozen=True)
class Context:
    """Strawberry's ``info.context`` for one request.

    Attributes:
        viewer: Who asks; None when nobody is signed in.
        loaders: This request's loaders.
        changes: Sends commands.
        cursors: Makes and checks cursors.
        rollout: To whom the Order Center is shown.
        max_page_size: Greatest ``first`` or ``last``.
        batches: What graphql-core has asked for and is not resolved yet.
    """

    viewer: Viewer | None
    loaders: Loaders
    changes: Changes
    cursors: Cursors
    rollout: Rollout
    max_page_size: int
    batches: Batches = field(default_factory=Batches)

    def denial(self, access: Access) -> RequestError | None:
        """Return why the viewer may not see what needs this; None: they may."""
        if self.viewer is None:
            return UnauthenticatedError()
        return None if access.allows(self.viewer.scopes) else ForbiddenError()

    def require_viewer(self) -> Viewer:
        """Return who asks; raises ``UnauthenticatedError`` when nobody is signed in."""
        if self.viewer is None:
            raise UnauthenticatedError
        return self.viewer

    def all_owned(self, things: Sequence[str]) -> list[Owned]:
        """Return the keys under which the viewer may read private things: as their owner, or as staff."""
        return [self.owned(thing) for thing in things]

    def owned(self, thing: str) -> Owned:
        """Return the key under which the viewer may read a private thing: as its owner, or as staff."""
        viewer = self.require_viewer()
        return Owned(thing, None if viewer.reads_any else viewer.id)
