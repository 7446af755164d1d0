"""Parcels and what is known of their way."""

from dataclasses import dataclass
from typing import Final

from services.seed.baskets import Basket, Line
from services.seed.clock import DAY, HOUR, MINUTE, NOW
from services.seed.courses import Course, Trip
from services.seed.customers import Address
from services.seed.dice import Dice
from services.seed.ids import SHIPMENT, code
from services.seed.plots import Plot

# Status, time, message, place.
TrackingEvent = tuple[str, int, str, str | None]


@dataclass(slots=True, eq=False)
class Parcel:
    """One shipment as far as it has come; it carries its lines whole."""

    id: str
    carrier: str
    tracking_number: str | None
    tracking_url: str | None
    estimated_at: int | None
    shipped_at: int | None
    delivered_at: int | None
    lines: list[Line]
    events: list[TrackingEvent]

    @property
    def status(self) -> str:
        """The status of the last event."""
        return self.events[-1][0]


_CARRIERS: Final = (
    "Northline Express",
    "BluePeak Parcel",
    "Meridian Post",
    "Swift Pigeon",
    "Harbourline Freight",
    "Kaze Express",
    "Green Mile Couriers",
)
_OUTCOMES: Final = (
    "Delivered: handed to a resident",
    "Delivered: left in the parcel box",
    "Delivered: left with a neighbour",
    "Delivered: left in a safe place",
)


def parcels(number: int, plot: Plot, course: Course, basket: Basket, to: Address, dice: Dice) -> list[Parcel]:
    """Pack the parcels of an order that exist by now, and mark the lines that have left as fulfilled."""
    carrier = dice.pick(_CARRIERS)
    packed: list[Parcel] = []
    for part, trip in enumerate(course.trips):
        # The parcel after the last part is the first one sent again.
        lines = [line for line in basket.lines if line.parcel == (part if part < plot.parts else 0)]
        confirmed = trip.labelled - dice.between(10, 90) * MINUTE
        if confirmed > NOW:
            continue
        shop = basket.shop
        if plot.collect:
            events = _collection(trip, confirmed, shop.sign.name, to.place)
        else:
            events = _journey(trip, confirmed, shop.hub, to.place, plot.delivery, dice)
        known = [event for event in events if event[1] <= NOW]
        packed.append(_parcel(SHIPMENT.id(number, part), carrier, trip, lines, known, plot, dice))
        goes = trip.arrived if plot.collect else trip.left
        if goes <= NOW and not (trip.fails and trip.arrived <= NOW):
            for line in lines:
                line.fulfilled = line.quantity
    return packed


def _parcel(
    parcel_id: str, carrier: str, trip: Trip, lines: list[Line], events: list[TrackingEvent], plot: Plot, dice: Dice
) -> Parcel:
    arrived = trip.arrived if trip.arrived <= NOW and not trip.fails else None
    if plot.collect:
        ready_until = trip.left // DAY * DAY + 7 * DAY
        return Parcel(parcel_id, "Shop counter", None, None, ready_until, None, arrived, lines, events)
    tracking = f"{carrier[:2].upper()}{code(dice.below(2**30))}{code(dice.below(2**30))}"
    labelled = trip.labelled <= NOW
    late = 4 * DAY if plot.delivery == "DELAYED" else 0
    return Parcel(
        id=parcel_id,
        carrier=carrier,
        tracking_number=tracking if labelled else None,
        tracking_url=f"https://tracking.example.com/{tracking}" if labelled else None,
        estimated_at=(trip.arrived - late) // DAY * DAY + 18 * HOUR,
        shipped_at=trip.left if trip.left <= NOW else None,
        delivered_at=arrived,
        lines=lines,
        events=events,
    )


def _collection(trip: Trip, confirmed: int, shop: str, place: str) -> list[TrackingEvent]:
    return [
        ("CONFIRMED", confirmed, f"{shop} is getting your order ready", None),
        ("READY_FOR_PICKUP", trip.left, "Ready for you at the counter", place),
        ("PICKED_UP", trip.arrived, "Picked up. Thank you!", place),
    ]


def _journey(trip: Trip, confirmed: int, hub: str, place: str, trouble: str, dice: Dice) -> list[TrackingEvent]:
    way = trip.arrived - trip.left
    events: list[TrackingEvent] = [
        ("CONFIRMED", confirmed, "The shop announced your parcel", None),
        ("LABEL_PURCHASED", trip.labelled, "The label was printed", None),
        ("CARRIER_PICKED_UP", trip.left, "The carrier has your parcel", hub),
        ("IN_TRANSIT", trip.left + way // 5, "Left the sorting centre", hub),
    ]
    if trouble == "DELAYED" or trip.fails:
        events.append(("DELAYED", trip.left + way // 2, dice.pick(_DELAYS), None))
    if way > 2 * DAY:
        events.append(("IN_TRANSIT", trip.left + way * 2 // 3, "Arrived at the delivery depot", place))
    if trip.fails:
        return [*events, ("FAILURE", trip.arrived, dice.pick(_FAILURES), place)]
    if trouble == "ATTEMPTED":
        out = trip.arrived - 2 * HOUR - way // 6
        events += [
            ("OUT_FOR_DELIVERY", out - HOUR, "Out for delivery", place),
            ("ATTEMPTED_DELIVERY", out, "Nobody was at home; we try again", place),
        ]
    events += [
        ("OUT_FOR_DELIVERY", trip.arrived - dice.between(15, 110) * MINUTE, "Out for delivery", place),
        ("DELIVERED", trip.arrived, dice.pick(_OUTCOMES), place),
    ]
    return events


_DELAYS: Final = (
    "Delayed by bad weather",
    "Delayed at customs",
    "Delayed: high volume at the depot",
    "Delayed: the parcel took a wrong turn and is on its way back",
)
_FAILURES: Final = (
    "Could not be delivered: the parcel was damaged",
    "Could not be delivered: the address was not found",
    "Could not be delivered: returned to the sender",
)
