"""Prices in minor units that look like prices."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Currency:
    """A currency of the shops.

    Args:
        code: ISO 4217.
        decimals: How many decimals ISO 4217 gives it.
        per_dollar: Minor units for one US dollar, roughly.
        step: Prices are multiples of this many minor units …
        charm: … less this many: 12.90, 1,980 yen, 12.500 dinar.
    """

    code: str
    decimals: int
    per_dollar: int
    step: int
    charm: int

    def price(self, cents: int) -> int:
        """Turn US cents into a price that a shop of this currency would ask, at least one step."""
        rough = cents * self.per_dollar // 100
        return max(1, (rough + self.step // 2) // self.step) * self.step - self.charm

    def text(self, minor: int) -> str:
        """Write an amount for people: `12.90 EUR`."""
        if not self.decimals:
            return f"{minor} {self.code}"
        whole, rest = divmod(minor, _POWERS[self.decimals])
        return f"{whole}.{rest:0{self.decimals}d} {self.code}"

    def thousandths(self, minor: int) -> int:
        """Write an amount in thousandths of the major unit, the same scale for all currencies."""
        return minor * _POWERS[3 - self.decimals]


_POWERS: Final = (1, 10, 100, 1000)

CURRENCIES: Final = {
    currency.code: currency
    for currency in (
        Currency("EUR", 2, 92, 100, 10),
        Currency("USD", 2, 100, 100, 1),
        Currency("GBP", 2, 79, 50, 1),
        Currency("CAD", 2, 136, 100, 1),
        Currency("SEK", 2, 1050, 1000, 100),
        Currency("PLN", 2, 400, 500, 1),
        Currency("THB", 2, 3500, 1000, 0),
        Currency("JPY", 0, 150, 100, 20),
        Currency("KRW", 0, 1350, 1000, 100),
        Currency("KWD", 3, 307, 250, 0),
        Currency("BHD", 3, 376, 500, 50),
    )
}
