"""Ids that look drawn and are counted: `<prefix>_` and ten characters of Crockford's base 32."""

from typing import Final

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [first + second for first in _ALPHABET for second in _ALPHABET]
_SPACE: Final = 2**39


class Kind:
    """The ids of one kind of thing.

    A thing is named by a number, or by its owner's number and a part below 1024: an order's line items then sort like
    their orders, and a table that is written in that order grows only at its end.
    """

    def __init__(self, prefix: str, offset: int) -> None:
        self._prefix = f"{prefix}_"
        self._offset = offset * 0x12_3456_789B % _SPACE

    def id(self, number: int, part: int = 0) -> str:
        """Write the id of the thing `number`, or of its `part`."""
        high = number + self._offset
        pairs = _PAIRS
        return (
            self._prefix
            + pairs[high >> 30]
            + pairs[high >> 20 & 1023]
            + pairs[high >> 10 & 1023]
            + pairs[high & 1023]
            # 389 is odd: parts that differ stay different.
            + pairs[(part * 389 + (number >> 7)) & 1023]
        )


CUSTOMER: Final = Kind("cus", 1)
ORDER: Final = Kind("ord", 2)
LINE_ITEM: Final = Kind("itm", 3)
SHOP: Final = Kind("shop", 4)
PRODUCT: Final = Kind("prd", 5)
SHIPMENT: Final = Kind("shm", 6)
RETURN: Final = Kind("ret", 7)
CHECKOUT: Final = Kind("chk", 8)
INVOICE: Final = Kind("inv", 9)
EVENT: Final = Kind("evt", 10)
TRANSACTION: Final = Kind("pay", 11)
REFUND: Final = Kind("rfd", 12)
PAYMENT_METHOD: Final = Kind("pm", 13)
TAG: Final = Kind("tag", 14)
SUGGESTION: Final = Kind("sug", 15)
VIEW: Final = Kind("view", 16)


def scattered(counter: int, salt: int) -> int:
    """Map counters below 2**39 to different numbers far apart; each `salt` gives another such map."""
    return (counter * 0x2F_0B4F_36D3 + salt * 0x1A_2B3C_4D5F) % _SPACE


def code(number: int) -> str:
    """Write six characters for a number below 2**30."""
    return _PAIRS[number >> 20 & 1023] + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023]
