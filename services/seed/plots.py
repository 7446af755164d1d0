"""What happens to an order, before it is said when."""

from dataclasses import dataclass
from typing import Final

from services.seed.dice import Dice, Weighted


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The course of one order.

    Args:
        pay: A method kind, or GIFT_AND_CARD for both.
        capture: CHECKOUT, or SHIPMENT to authorise first and charge when parcels leave.
        trouble: '' or DECLINED (then another try works), ACTION (a confirmation is asked first), ABANDONED (never
            paid), CHARGEBACK or DISPUTE (a chargeback still open).
        hold: Whether somebody has to look at the order first.
        cancel: '' or the reason for a cancellation before anything left.
        parts: How many parcels.
        collect: Whether the customer fetches it.
        delivery: '' or DELAYED, ATTEMPTED, RESENT (the parcel fails, another comes) or LOST (it fails and is paid
            back); the last two with one part only.
        returns: How its returns end, in order.
        goodwill: Whether the shop pays a little back without a return.
        confirms: Whether the customer confirms the receipt.
        aim: '' or the stretch of the course that 'now' falls into, see `courses.stretch`.
        shop: '' or the handle of the shop.
    """

    pay: str = "CARD"
    capture: str = "CHECKOUT"
    trouble: str = ""
    hold: bool = False
    cancel: str = ""
    parts: int = 1
    collect: bool = False
    delivery: str = ""
    returns: tuple[str, ...] = ()
    goodwill: bool = False
    confirms: bool = False
    aim: str = ""
    shop: str = ""


_PAYS: Final = Weighted(
    [
        ("CARD", 50),
        ("WALLET", 20),
        ("PAY_LATER", 9),
        ("BANK_TRANSFER", 7),
        ("GIFT_AND_CARD", 4),
        ("GIFT_CARD", 4),
        ("CASH_ON_DELIVERY", 6),
    ]
)
_CANCELS: Final = Weighted([("CUSTOMER", 60), ("INVENTORY", 20), ("FRAUD", 8), ("OTHER", 12)])
_PARTS: Final = Weighted([(1, 84), (2, 13), (3, 3)])
_DELIVERIES: Final = Weighted([("", 85), ("DELAYED", 7), ("ATTEMPTED", 6), ("RESENT", 1), ("LOST", 1)])
_RETURNS: Final = Weighted(
    [
        (("CLOSED",), 70),
        (("DECLINED",), 12),
        (("CANCELED",), 14),
        (("DECLINED", "CLOSED"), 2),
        (("CLOSED", "CLOSED"), 2),
    ]
)


def random_plot(dice: Dice) -> Plot:
    """Draw the course of an ordinary order."""
    pay = dice.weighted(_PAYS)
    cancelled = dice.chance(0.05)
    arrives = not cancelled
    collect = arrives and dice.chance(0.08)
    delivery = dice.weighted(_DELIVERIES) if arrives and not collect else ""
    whole = cancelled or collect or delivery in {"RESENT", "LOST"}
    return Plot(
        pay=pay,
        capture="SHIPMENT" if pay == "PAY_LATER" or (pay in _AUTHORIZES and dice.chance(0.5)) else "CHECKOUT",
        trouble=_trouble(pay, dice),
        hold=dice.chance(0.025),
        cancel=dice.weighted(_CANCELS) if cancelled else "",
        parts=1 if whole else dice.weighted(_PARTS),
        collect=collect,
        delivery=delivery,
        returns=dice.weighted(_RETURNS) if arrives and delivery != "LOST" and dice.chance(0.07) else (),
        goodwill=arrives and delivery != "LOST" and dice.chance(0.02),
        confirms=dice.chance(0.45),
    )


_AUTHORIZES: Final = {"CARD", "GIFT_AND_CARD"}


def _trouble(pay: str, dice: Dice) -> str:
    if pay in {"GIFT_CARD", "CASH_ON_DELIVERY"}:
        return ""
    if pay == "BANK_TRANSFER":
        return "ABANDONED" if dice.chance(0.12) else ""
    return dice.weighted(_TROUBLES)


_TROUBLES: Final = Weighted([("", 930), ("DECLINED", 35), ("ACTION", 18), ("ABANDONED", 14), ("CHARGEBACK", 3)])
