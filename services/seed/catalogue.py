"""What the shops sell."""

from collections.abc import Iterator

from services.seed.dice import Dice, Weighted
from services.seed.ids import PRODUCT, scattered
from services.seed.products import Product
from services.seed.shops import Shop
from services.seed.titles import Titles, Wording
from services.seed.words import Category, catalogue_words


def stock(shops: list[Shop], count: int, dice: Dice) -> list[Product]:
    """Put `count` products on the shops' shelves and return all of them."""
    words = catalogue_words()
    categories = {category.name: category for category in words.categories}
    titles = Titles(words, dice)
    products: list[Product] = []
    for number in range(count):
        shop = shops[number % len(shops)]
        category = categories[dice.pick(shop.sign.categories)]
        wording = titles.product(category, shop.sign.voice)
        products.append(_product(number, shop, category, wording, dice))
        shop.products.append(products[-1])
    for shop in shops:
        shop.bestsellers = Weighted([(product, 1 / (rank + 4)) for rank, product in enumerate(shop.products)])
        for product in shop.products:
            product.companions = [other for other in _companions(shop, dice) if other is not product]
    return products


def _product(number: int, shop: Shop, category: Category, wording: Wording, dice: Dice) -> Product:
    scatter = scattered(number, 5)
    # The lower of two draws: most things of a category are cheap, few are dear.
    cents = 100 * min(dice.between(category.low, category.high), dice.between(category.low, category.high))
    price = shop.currency.price(cents)
    was = shop.currency.price(cents * dice.between(115, 160) // 100)
    rating_count = dice.between(1, 40) * dice.between(1, 60) if dice.chance(0.85) else 0
    slug = f"{category.name.split()[0].lower()}-{scatter % 0xFFFFFF:06x}"
    return Product(
        number=number,
        id=PRODUCT.id(scatter),
        shop_id=shop.id,
        title=wording.title,
        description=wording.description,
        category=category.name,
        variants=category.variants,
        image_url=f"https://images.example.com/products/{slug}.webp" if dice.chance(0.96) else None,
        url=f"{shop.url}/{slug}",
        currency=shop.currency.code,
        price=price,
        compare_at_price=was if was > price and dice.chance(0.22) else None,
        rating=dice.between(31, 50) / 10 if rating_count else None,
        rating_count=rating_count,
        in_stock=dice.chance(0.9),
    )


def _companions(shop: Shop, dice: Dice) -> Iterator[Product]:
    for _ in range(3):
        yield dice.weighted(shop.bestsellers)
