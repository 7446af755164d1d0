"""Which products go with which: by being bought together, and by resembling each other."""

from collections import Counter
from math import sqrt

from services.seed.history import History
from services.seed.products import Product

# A product and how near it is, 0..1, nearest first.
Neighbours = list[tuple[Product, float]]

_KEPT = 8


def bought_together(history: History, products: list[Product]) -> dict[int, Neighbours]:
    """Find each product's companions: cosine of their purchases, `together / sqrt(sales * sales)`."""
    found: dict[int, Neighbours] = {product.number: [] for product in products}
    for (one, other), count in history.together.items():
        if count > 1:
            nearness = count / sqrt(history.sales[one] * history.sales[other])
            found[one].append((products[other], nearness))
            found[other].append((products[one], nearness))
    return {number: _nearest(neighbours) for number, neighbours in found.items()}


def similar(products: list[Product]) -> dict[int, Neighbours]:
    """Find each product's look-alikes of its category: Jaccard index of the titles' terms."""
    terms = [_terms(product.title) for product in products]
    found: dict[int, Neighbours] = {}
    for shelf in _by_category(products).values():
        having: dict[str, list[int]] = {}
        for product in shelf:
            for term in terms[product.number]:
                having.setdefault(term, []).append(product.number)
        for product in shelf:
            own = terms[product.number]
            shared = Counter([other for term in own for other in having[term] if other != product.number])
            found[product.number] = _nearest(
                [(products[other], count / (len(own) + len(terms[other]) - count)) for other, count in shared.items()]
            )
    return found


def _nearest(neighbours: Neighbours) -> Neighbours:
    return sorted(neighbours, key=lambda each: (-each[1], each[0].number))[:_KEPT]


def _terms(title: str) -> list[str]:
    """Cut a title into its words, or into pairs of characters where words are not set apart."""
    words = title.casefold().replace(",", " ").replace("(", " ").replace(")", " ").split()
    if len(words) <= 1 and not title.isascii():
        words = [title[start : start + 2] for start in range(len(title) - 1)]
    return list(dict.fromkeys(words))


def _by_category(products: list[Product]) -> dict[str, list[Product]]:
    shelves: dict[str, list[Product]] = {}
    for product in products:
        shelves.setdefault(product.category, []).append(product)
    return shelves
