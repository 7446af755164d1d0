from dataclasses import dataclass, field

from services.seed.dice import Dice, Weighted
from services.seed.ids import SHOP, scattered
from services.seed.money import CURRENCIES, Currency
from services.seed.products import Product
from services.seed.words import ShopSign, shop_signs


@dataclass(slots=True, eq=False)
class Shop:
    """A shop; it sells in one currency, so that an order has one."""

    id: str
    sign: ShopSign
    currency: Currency
    logo_url: str | None
    url: str
    rating: float | None
    hub: str
    products: list[Product] = field(default_factory=list)
    # Prepared when the products are known: some sell much better than others.
    bestsellers: Weighted[Product] = field(default_factory=lambda: Weighted([]))


# Where a shop's parcels start.
_HUBS = {
    "SEK": "Jönköping, SE",
    "EUR": "Leipzig, DE",
    "PLN": "Łódź, PL",
    "GBP": "Daventry, GB",
    "USD": "Louisville, KY, US",
    "CAD": "Mississauga, ON, CA",
    "JPY": "大阪市, JP",
    "KRW": "이천시, KR",
    "KWD": "الشويخ, KW",
    "BHD": "المحرق, BH",
    "THB": "ปทุมธานี, TH",
}


def open_shops(dice: Dice) -> list[Shop]:
    """Open the shops, with empty shelves."""
    return [_open(number, sign, dice) for number, sign in enumerate(shop_signs())]


def _open(number: int, sign: ShopSign, dice: Dice) -> Shop:
    return Shop(
        id=SHOP.id(scattered(number, 4)),
        sign=sign,
        currency=CURRENCIES[sign.currency],
        logo_url=f"https://images.example.com/shops/{sign.handle}.webp" if dice.chance(0.9) else None,
        url=f"https://shop.example.com/{sign.handle}",
        rating=dice.between(38, 50) / 10 if dice.chance(0.93) else None,
        hub=_HUBS[sign.currency],
    )
