"""How long an answer may be kept, told from its plan by Apollo's rules."""

import pytest
import strawberry
from strawberry.federation.schema_directives import Authenticated

from engine import CacheControl, EngineSchema
from engine.cache_control import CacheScope, public_age


def _hint(
    age: int | None = None, scope: CacheScope | None = None, *, inherit: bool | None = None
) -> list[CacheControl]:
    return [CacheControl(max_age=age, scope=scope, inherit_max_age=inherit)]


@strawberry.type
class Unmarked:
    name: str


@strawberry.type(directives=_hint(inherit=True))
class Money:
    amount: str


@strawberry.type(directives=_hint(300))
class Shop:
    name: str
    mine: str = strawberry.field(directives=_hint(scope=CacheScope.PRIVATE))


@strawberry.interface(directives=_hint(50))
class Thing:
    name: str


@strawberry.type(directives=_hint(60))
class Product(Thing):
    price: Money
    stock: int = strawberry.field(directives=_hint(5))
    shop: Shop
    slow_shop: Shop = strawberry.field(directives=_hint(20))
    inherited: Unmarked = strawberry.field(directives=_hint(inherit=True))
    unmarked: Unmarked
    note: str = strawberry.field(directives=[Authenticated()])


@strawberry.type(directives=_hint(60, CacheScope.PRIVATE))
class Basket:
    name: str


@strawberry.type
class Query:
    product: Product
    products: list[Product] = strawberry.field(directives=_hint(40))
    thing: Thing
    basket: Basket
    shared_basket: Basket = strawberry.field(directives=_hint(scope=CacheScope.PUBLIC))
    unmarked: Unmarked
    price: Money
    count: int
    kept_count: int = strawberry.field(directives=_hint(7))


SCHEMA = EngineSchema(Query, types=[Product])


@pytest.mark.parametrize(
    ("query", "age"),
    [
        ("{ product { name } }", 60),
        ("{ product { price { amount } } }", 60),
        ("{ product { shop { name } } }", 60),
        ("{ product { slowShop { name } } }", 20),
        ("{ product { name stock } }", 5),
        ("{ products { name } }", 40),
        ("{ product { inherited { name } } }", 60),
        ("{ product { unmarked { name } } }", 0),
        ("{ product { name } unmarked { name } }", 0),
        ("{ product { name } count }", 0),
        ("{ product { name } keptCount }", 7),
        ("{ price { amount } }", 0),
        ("{ basket { name } }", 0),
        ("{ sharedBasket { name } }", 60),
        ("{ product { shop { name mine } } }", 0),
        ("{ product { name note } }", 0),
        ("{ thing { name } }", 50),
        ("{ thing { name ... on Product { stock } } }", 5),
        ("{ __typename }", 0),
        ("{ product { __typename } }", 60),
    ],
)
def test_the_least_of_what_is_said_counts_and_silence_is_no_permission(query: str, age: int) -> None:
    plan, _ = SCHEMA.plan(query, None, None)
    assert [public_age(plan) for _ in range(2)] == [age, age]


def test_what_is_left_out_by_a_condition_does_not_count() -> None:
    query = "query ($all: Boolean!) { product { name stock @include(if: $all) } }"
    assert [public_age(SCHEMA.plan(query, {"all": one}, None)[0]) for one in (True, False)] == [5, 60]
