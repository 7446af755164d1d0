"""Titles and descriptions that a person would believe in."""

from dataclasses import dataclass

from services.seed.dice import Dice
from services.seed.words import CatalogueWords, Category, Voice

# As many characters as the longest titles have, about.
_LONG = 190


@dataclass(frozen=True)
class Wording:
    """How a product is presented."""

    title: str
    description: str


class Titles:
    """Words products; no title comes twice."""

    def __init__(self, words: CatalogueWords, dice: Dice) -> None:
        self._words = words
        self._dice = dice
        self._given: set[str] = set()

    def product(self, category: Category, voice: str | None) -> Wording:
        """Word a product of the category, in the voice's language if one is given."""
        title = self._title(category, voice)
        while title in self._given:
            # A manufacturer would number its models, too.
            title = f"{self._title(category, voice)} No. {self._dice.between(2, 99)}"
        self._given.add(title)
        return Wording(title, self._description(category, voice))

    def _title(self, category: Category, voice: str | None) -> str:
        if voice is not None:
            return self._spoken(category, self._words.voices[voice])
        dice = self._dice
        brand, noun = dice.pick(self._words.brands), dice.pick(category.nouns)
        adjective, material, size = (
            dice.pick(category.adjectives),
            dice.pick(category.materials),
            dice.pick(category.sizes),
        )
        if category.name == "Books":
            title = f"{noun} {material}" if dice.chance(0.4) else f"{adjective} {noun} {material}"
        else:
            title = dice.pick(
                (
                    f"{adjective} {material} {noun}",
                    f"{brand} {adjective} {noun}",
                    f"{brand} {material} {noun}, {size}",
                    f"{adjective} {noun} ({material}, {size})",
                )
            )
        if dice.chance(0.02):
            return f"{title} {dice.pick(self._words.emoji)}"
        return self._long(title) if dice.chance(0.015) else title

    def _spoken(self, category: Category, voice: Voice) -> str:
        dice = self._dice
        return dice.pick(voice.patterns).format(
            brand=dice.pick(voice.brands),
            adj=dice.pick(voice.adjectives),
            noun=dice.pick([noun.noun for noun in voice.nouns if noun.category == category.name]),
            size=dice.pick(category.sizes),
        )

    def _long(self, title: str) -> str:
        features = self._dice.few(self._words.features, len(self._words.features))
        while len(title) < _LONG and features:
            title = f"{title}, {features.pop()}"
        return title

    def _description(self, category: Category, voice: str | None) -> str:
        sentences = self._words.voices[voice].sentences if voice else [f"{use}." for use in category.uses]
        return " ".join(self._dice.few(sentences, self._dice.between(1, 3)))
