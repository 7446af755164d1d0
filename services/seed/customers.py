from dataclasses import dataclass, field
from unicodedata import normalize

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from services.seed.clock import DAY, NOW
from services.seed.dice import Dice
from services.seed.ids import CUSTOMER, scattered
from services.seed.words import City, Culture, cultures

_YEAR = 365 * DAY
_SEPARATORS = (".", "_", "", "-")
_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "ß": "ss", "đ": "d", "Đ": "d", "\u0131": "i", "æ": "ae"}
)


@dataclass(slots=True)
class Address:
    """Where a parcel or a bill goes; `id` is the row's."""

    id: int
    name: str
    lines: list[str]
    city: City

    @property
    def place(self) -> str:
        """The city as parcels name it."""
        return f"{self.city.city}, {self.city.country}"


@dataclass(slots=True, eq=False)
class Customer:
    """Somebody who shops. The first address is home."""

    number: int
    id: str
    name: str
    handle: str
    avatar_url: str | None
    since: int
    region: str
    addresses: list[Address] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """What is settled about a person before chance has a say."""

    id: str
    name: str
    handle: str
    region: str
    years: float


_DEMO = (
    _Known(SHOPPER.id, SHOPPER.name, "mira.ozturk", "DE", 5.2),
    _Known(NEWCOMER.id, NEWCOMER.name, "kwame", "GH", 0.016),
    _Known(TROUBLED.id, TROUBLED.name, "ximena_s", "MX", 2.4),
    _Known(STAFF.id, STAFF.name, "rory-helps", "GB", 4.0),
)


class Register:
    """Signs customers up: the demo people first, then anybody."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._cultures = cultures()
        self._by_region = {region: culture for culture in self._cultures for region in culture.regions}
        self._handles = {known.handle for known in _DEMO}
        self._addresses = 0

    def customers(self, count: int) -> list[Customer]:
        """Sign up `count` people, at least the demo people."""
        demo = [self._demo(number, known) for number, known in enumerate(_DEMO)]
        return demo + [self._anybody(number) for number in range(len(demo), count)]

    def _demo(self, number: int, known: _Known) -> Customer:
        since = NOW - int(known.years * _YEAR)
        avatar = f"https://images.example.com/avatars/{known.handle}.webp"
        customer = Customer(number, known.id, known.name, known.handle, avatar, since, known.region)
        culture = self._by_region[known.region]
        self._settle(customer, culture, [city for city in culture.cities if city.country == known.region])
        return customer

    def _anybody(self, number: int) -> Customer:
        dice = self._dice
        culture = dice.pick(self._cultures)
        city = dice.pick(culture.cities)
        given, _, given_latin = dice.pick(culture.given).partition("|")
        family, _, family_latin = dice.pick(culture.family).partition("|")
        # Scripts that write family names first: Chinese and Japanese without a space in between.
        gap = "" if culture.family_first and given_latin and culture.regions[0] != "VN" else " "
        name = f"{family}{gap}{given}" if culture.family_first else f"{given} {family}"
        handle = self._handle(given_latin or given, family_latin or family, number)
        avatar = f"https://images.example.com/avatars/{handle}.webp" if dice.chance(0.6) else None
        since = NOW - dice.between(40, 6 * 365) * DAY - dice.below(DAY)
        customer = Customer(number, CUSTOMER.id(scattered(number, 1)), name, handle, avatar, since, city.country)
        self._settle(customer, culture, [city, *dice.few(culture.cities, dice.pick((0, 0, 0, 1, 1, 2)))])
        return customer

    def _handle(self, given: str, family: str, number: int) -> str:
        dice = self._dice
        plain = f"{_latin(given)}{dice.pick(_SEPARATORS)}{_latin(family)}"
        handle = f"{_latin(given)}{dice.between(2, 99)}" if dice.chance(0.3) else plain
        if handle in self._handles:
            handle = f"{handle}{number}"
        self._handles.add(handle)
        return handle

    def _settle(self, customer: Customer, culture: Culture, cities: list[City]) -> None:
        dice = self._dice
        for place, city in enumerate(cities):
            self._addresses += 1
            street = dice.pick(culture.streets).format(n=dice.between(1, 240), k=dice.between(1, 9))
            lines = [street]
            if place > 0 and dice.chance(0.5):
                lines = [f"c/o {dice.pick(('Reception', 'Studio 4', 'Nachbarn', 'Front Desk'))}", street]
            customer.addresses.append(Address(self._addresses, customer.name, lines, city))


def _latin(name: str) -> str:
    """Spell a name with the letters a-z alone.

    Non-Latin names come with a spelling of their own, see `words/cultures.json`; of others the accents fall.
    """
    plain = normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
