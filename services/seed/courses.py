"""When the parts of a plot happen."""

from dataclasses import dataclass
from typing import Final

from services.seed.clock import DAY, HOUR, MINUTE, NOW
from services.seed.dice import Dice
from services.seed.plots import Plot

# Later than anything that is looked at.
NEVER: Final = NOW * 2


@dataclass(slots=True)
class Trip:
    """One parcel: when its label is bought, when it leaves, and when it arrives or is given up (`fails`).

    For an order to be fetched `left` is when it stands ready, and `arrived` when it is fetched.
    """

    labelled: int
    left: int
    arrived: int
    fails: bool = False


@dataclass(slots=True)
class ReturnCourse:
    """One return: asked for, decided by the shop (or withdrawn), and closed."""

    requested: int
    decided: int
    closed: int


@dataclass(slots=True)
class Course:
    """The moments of an order, unix seconds; NEVER for what does not happen."""

    placed: int
    accepted: int
    ready: int
    held: int = NEVER
    released: int = NEVER
    trips: tuple[Trip, ...] = ()
    delivered: int = NEVER
    received: int = NEVER
    completed: int = NEVER
    cancelled: int = NEVER
    returns: tuple[ReturnCourse, ...] = ()

    def moved(self, by: int) -> "Course":
        """Let all of it happen `by` seconds later."""

        def later(moment: int) -> int:
            return moment if moment == NEVER else moment + by

        return Course(
            placed=later(self.placed),
            accepted=later(self.accepted),
            ready=later(self.ready),
            held=later(self.held),
            released=later(self.released),
            trips=tuple(Trip(trip.labelled + by, trip.left + by, trip.arrived + by, trip.fails) for trip in self.trips),
            delivered=later(self.delivered),
            received=later(self.received),
            completed=later(self.completed),
            cancelled=later(self.cancelled),
            returns=tuple(
                ReturnCourse(each.requested + by, each.decided + by, each.closed + by) for each in self.returns
            ),
        )


def course(plot: Plot, dice: Dice, age: int) -> Course:
    """Time a plot; the order was placed `age` seconds before now, unless the plot aims somewhere."""
    if not plot.aim:
        return _timed(plot, dice, NOW - age)
    timed = _timed(plot, dice, 0)
    start, end = stretch(timed, plot.aim)
    return timed.moved(NOW - start - (end - start) * dice.between(30, 60) // 100)


def stretch(timed: Course, aim: str) -> tuple[int, int]:
    """From when until when a course is in the state that is aimed at.

    Aims: the order statuses; DELAYED, ATTEMPTED, OUT_FOR_DELIVERY and FAILED for the first parcel;
    RETURN_REQUESTED, RETURN_OPEN and RETURN_DONE for the last return; DELIVERED_LATE and LONG_AFTER.
    """
    trips = timed.trips
    last = timed.returns[-1] if timed.returns else ReturnCourse(NEVER, NEVER, NEVER)
    first = trips[0] if trips else Trip(NEVER, NEVER, NEVER)
    way = first.arrived - first.left
    stretches = {
        "UNPAID": (0, min(timed.accepted, timed.cancelled)),
        "ON_HOLD": (timed.held, timed.released),
        "AWAITING_SHIPMENT": (timed.ready, first.left),
        "PARTIALLY_SHIPPED": (first.left, trips[-1].left if trips else NEVER),
        "AWAITING_COLLECTION": (first.left, first.arrived),
        "IN_TRANSIT": (trips[-1].left if trips else NEVER, timed.delivered),
        "DELIVERED": (timed.delivered, timed.completed),
        "DELIVERED_LATE": (timed.delivered + 6 * DAY, timed.delivered + 13 * DAY),
        "COMPLETED": (timed.completed, timed.completed + 8 * DAY),
        "CANCELLED": (timed.cancelled, timed.cancelled + 3 * DAY),
        # As far along as services/seed/shipments.py lets these events happen.
        "DELAYED": (first.left + way // 2, first.left + way * 2 // 3),
        "ATTEMPTED": (first.arrived - 2 * HOUR - way // 6, first.arrived - 2 * HOUR),
        "OUT_FOR_DELIVERY": (first.arrived - 15 * MINUTE, first.arrived),
        "FAILED": (first.arrived, first.arrived + DAY),
        "RETURN_REQUESTED": (last.requested, last.decided),
        "RETURN_OPEN": (last.decided, last.closed),
        "RETURN_DONE": (last.closed, last.closed + 4 * DAY),
        "LONG_AFTER": (timed.completed + 30 * DAY, timed.completed + 60 * DAY),
    }
    return stretches[aim]


def _timed(plot: Plot, dice: Dice, placed: int) -> Course:
    if plot.trouble == "ABANDONED":
        return Course(placed, NEVER, NEVER, cancelled=placed + 3 * DAY + dice.between(0, 50) * MINUTE)
    accepted = placed + _paying(plot, dice)
    timed = Course(placed, accepted, accepted)
    if plot.hold:
        timed.held = accepted + dice.between(5, 40) * MINUTE
        timed.ready = timed.released = timed.held + dice.between(10, 70) * HOUR
    if plot.cancel:
        timed.cancelled = timed.ready + dice.between(40, 1700) * MINUTE
    else:
        _fulfil(timed, plot, dice)
    return timed


def _paying(plot: Plot, dice: Dice) -> int:
    """Draw how long it takes until the payment is accepted."""
    if plot.pay == "BANK_TRANSFER":
        return dice.between(16, 70) * HOUR
    if plot.trouble == "DECLINED":
        return dice.between(3, 45) * MINUTE
    if plot.trouble == "ACTION":
        return dice.between(20, 300) * MINUTE
    return dice.between(3, 60)


def _fulfil(timed: Course, plot: Plot, dice: Dice) -> None:
    timed.trips = _collection(timed.ready, dice) if plot.collect else _trips(timed.ready, plot, dice)
    if plot.delivery == "LOST":
        timed.cancelled = timed.trips[-1].arrived + dice.between(20, 60) * HOUR
        return
    delivered = timed.delivered = max([trip.arrived for trip in timed.trips])
    if plot.confirms:
        timed.received = delivered + dice.between(30, 8000) * MINUTE
    timed.completed = min(timed.received, delivered + 14 * DAY)
    timed.returns = _returns(delivered, plot, dice)


def _collection(ready: int, dice: Dice) -> tuple[Trip, ...]:
    labelled = ready + dice.between(1, 20) * HOUR
    left = labelled + dice.between(20, 400) * MINUTE
    return (Trip(labelled, left, left + dice.between(4, 100) * HOUR),)


def _trips(ready: int, plot: Plot, dice: Dice) -> tuple[Trip, ...]:
    trips: list[Trip] = []
    labelled = ready + dice.between(150, 2400) * MINUTE
    for part in range(plot.parts):
        fails = plot.delivery in {"RESENT", "LOST"} and part == 0
        trips.append(_trip(labelled, plot, dice, fails=fails))
        labelled = trips[-1].left + dice.between(20, 110) * HOUR
    if plot.delivery == "RESENT":
        trips.append(_trip(max(trips[0].arrived, labelled) + dice.between(20, 50) * HOUR, plot, dice))
    return tuple(trips)


def _trip(labelled: int, plot: Plot, dice: Dice, *, fails: bool = False) -> Trip:
    left = labelled + dice.between(60, 1100) * MINUTE
    days = dice.between(1, 6) + (dice.between(4, 9) if plot.delivery == "DELAYED" or fails else 0)
    return Trip(labelled, left, left + days * DAY + dice.between(-300, 300) * MINUTE, fails)


def _returns(delivered: int, plot: Plot, dice: Dice) -> tuple[ReturnCourse, ...]:
    courses: list[ReturnCourse] = []
    start = delivered
    for end in plot.returns:
        requested = start + dice.between(3, 190) * HOUR
        decided = requested + dice.between(5, 60) * HOUR
        # Only what is sent back takes its time; a refusal or a withdrawal ends it at once.
        closed = decided + (dice.between(4, 12) * DAY if end == "CLOSED" else 0)
        courses.append(ReturnCourse(requested, decided, closed))
        start = closed
    return tuple(courses)
