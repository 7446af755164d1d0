"""Rules about the form of values, wherever they are in an answer."""

import re
from collections.abc import Iterator

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_CURRENCY = re.compile("[A-Z]{3}")
_DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3, "JOD": 3}
_LAST_FOUR = re.compile("[0-9]{4}")


def wrong_forms(value: object) -> Iterator[str]:
    """Say which rules about money, times and card numbers the value breaks."""
    if isinstance(value, list):
        for each in value:
            yield from wrong_forms(each)
    elif isinstance(value, dict):
        yield from _wrong_members(value)
        for each in value.values():
            yield from wrong_forms(each)


def _wrong_members(value: dict[str, object]) -> Iterator[str]:
    if "currencyCode" in value and "amount" in value and not _is_money(value["amount"], value["currencyCode"]):
        yield "money is a decimal string with the currency's number of decimals"
    for name, each in value.items():
        if each is not None and (name.endswith("At") or name == "memberSince") and not _is_time(each):
            yield f"{name} is a time in UTC with whole seconds"
    last_four = value.get("last4")
    if last_four is not None and not (isinstance(last_four, str) and _LAST_FOUR.fullmatch(last_four)):
        yield "last4 is four digits"


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def _is_money(amount: object, currency: object) -> bool:
    if not isinstance(amount, str) or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return False
    decimals = _DECIMALS.get(currency, 2)
    fraction = rf"\.[0-9]{{{decimals}}}" if decimals else ""
    return re.fullmatch(rf"-?(0|[1-9][0-9]*){fraction}", amount) is not None
