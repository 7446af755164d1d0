from typing import Annotated

from msgspec import Meta, Struct

# ISO 4217 currencies whose number of decimals is not two.
_NONE = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_FOUR = ("CLF", "UYW")
_DECIMALS = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3) | dict.fromkeys(_FOUR, 4)


class Money(Struct, rename="camel", frozen=True):
    """An amount in one currency, as a decimal string with exactly that currency's number of decimals."""

    amount: Annotated[
        str,
        Meta(pattern=r"^-?(0|[1-9][0-9]*)(\.[0-9]{2,4})?$", examples=["12.90", "1290", "12.900"]),
    ]
    currency_code: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["EUR"])]


def money(minor: int, currency: str) -> Money:
    """Write `minor` units (cents, yen, fils) of `currency` as the contract wants them."""
    places = _DECIMALS.get(currency, 2)
    if not places:
        return Money(str(minor), currency)
    # Padding first keeps -5 cents at "-0.05"; divmod would round it to -1.
    digits = str(abs(minor)).rjust(places + 1, "0")
    sign = "-" if minor < 0 else ""
    return Money(f"{sign}{digits[:-places]}.{digits[-places:]}", currency)


def thousandths(minor: int, currency: str) -> int:
    """Return minor units of a currency in thousandths of its major unit, so that amounts compare."""
    return int(minor * 1000 / 10 ** _DECIMALS.get(currency, 2))


def money_or_none(minor: int | None, currency: str) -> Money | None:
    """Write an amount where there may be none."""
    return None if minor is None else money(minor, currency)
