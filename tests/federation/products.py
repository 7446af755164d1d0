"""The products subgraph that Apollo's compatibility suite asks for, served as this gateway serves its own.

Source: github.com/apollographql/apollo-federation-subgraph-compatibility, COMPATIBILITY.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry
import strawberry.federation
from strawberry.federation.schema_directive import schema_directive
from strawberry.federation.schema_directives import External, Override, Provides, Requires, Tag
from strawberry.federation.types import FieldSet
from strawberry.schema_directive import Location

from engine import EngineFederationSchema, batch_key

Keys = Sequence[Mapping[str, Any]]


def _finds(find: Callable[[Mapping[str, Any]], object]) -> Any:  # noqa: ANN401  a reference resolver
    return lambda keys, _context: [find(key) for key in keys]


@schema_directive(
    locations=[Location.OBJECT], name="custom", compose=True, import_url="https://myspecs.dev/myCustomDirective/v1.0"
)
class Custom:
    pass


@strawberry.type
class ProductVariation:
    id: strawberry.ID


@strawberry.federation.type(shareable=True)
class ProductDimension:
    size: str | None
    weight: float | None
    unit: str | None = strawberry.federation.field(inaccessible=True)


@strawberry.type
class CaseStudy:
    case_number: strawberry.ID
    description: str | None


def _research_of(key: Mapping[str, Any]) -> "ProductResearch | None":
    return next((one for one in RESEARCH if one.study.case_number == key["study"]["caseNumber"]), None)


@strawberry.federation.type(keys=[batch_key("study { caseNumber }", _finds(_research_of))])
class ProductResearch:
    study: CaseStudy
    outcome: str | None = None


def _user(key: Mapping[str, Any]) -> "User | None":
    if key["email"] != "support@apollographql.com":
        return None
    return User(
        email=key["email"],
        name="Jane Smith",
        total_products_created=key.get("totalProductsCreated", 1337),
        years_of_employment=key.get("yearsOfEmployment", 10),
    )


def _average(root: strawberry.Parent[Any]) -> int:
    return int(root.total_products_created / root.years_of_employment)


@strawberry.federation.type(keys=[batch_key("email", _finds(_user))], extend=True)
class User:
    email: strawberry.ID = strawberry.field(directives=[External()])
    name: str | None = strawberry.field(directives=[Override(override_from="users")])
    total_products_created: int | None = strawberry.field(directives=[External()])
    years_of_employment: int = strawberry.field(directives=[External()])

    average_products_created_per_year: int | None = strawberry.field(
        resolver=_average, directives=[Requires(fields=FieldSet("totalProductsCreated yearsOfEmployment"))]
    )


def _deprecated(key: Mapping[str, Any]) -> "DeprecatedProduct | None":
    is_known = (key["sku"], key["package"]) == (DEPRECATED.sku, DEPRECATED.package)
    return DEPRECATED if is_known else None


@strawberry.federation.type(keys=[batch_key("sku package", _finds(_deprecated))])
class DeprecatedProduct:
    sku: str
    package: str
    reason: str | None
    created_by: User | None


def _product(key: Mapping[str, Any]) -> "Product | None":
    def fits(product: Product) -> bool:
        variation = key.get("variation")
        return (
            key.get("id", product.id) == product.id
            and key.get("sku", product.sku) == product.sku
            and key.get("package", product.package) == product.package
            and (variation is None or (product.variation is not None and variation["id"] == product.variation.id))
        )

    return next((one for one in PRODUCTS if fits(one)), None)


@strawberry.federation.type(
    keys=[
        batch_key("id", _finds(_product)),
        batch_key("sku package", _finds(_product)),
        batch_key("sku variation { id }", _finds(_product)),
    ],
    directives=[Custom()],
)
class Product:
    id: strawberry.ID
    sku: str | None
    package: str | None
    variation: ProductVariation | None
    dimensions: ProductDimension | None
    created_by: User | None = strawberry.field(directives=[Provides(fields=FieldSet("totalProductsCreated"))])
    notes: str | None = strawberry.field(directives=[Tag(name="internal")])
    research: list[ProductResearch]


def _inventory(key: Mapping[str, Any]) -> "Inventory | None":
    return Inventory(id=key["id"], deprecated_products=[DEPRECATED]) if key["id"] == "apollo-oss" else None


@strawberry.federation.interface_object(keys=[batch_key("id", _finds(_inventory))])
class Inventory:
    id: strawberry.ID
    deprecated_products: list[DeprecatedProduct]


JANE = _user({"email": "support@apollographql.com"})
DEPRECATED = DeprecatedProduct(
    sku="apollo-federation-v1",
    package="@apollo/federation-v1",
    reason="Migrate to Federation V2",
    created_by=JANE,
)
RESEARCH = [
    ProductResearch(study=CaseStudy(case_number=strawberry.ID("1234"), description="Federation Study")),
    ProductResearch(study=CaseStudy(case_number=strawberry.ID("1235"), description="Studio Study")),
]
PRODUCTS = [
    Product(
        id=strawberry.ID(name),
        sku=sku,
        package=package,
        variation=ProductVariation(id=strawberry.ID(variation)),
        dimensions=ProductDimension(size="small", weight=1.0, unit="kg"),
        created_by=JANE,
        notes=None,
        research=[research],
    )
    for name, sku, package, variation, research in (
        ("apollo-federation", "federation", "@apollo/federation", "OSS", RESEARCH[0]),
        ("apollo-studio", "studio", "", "platform", RESEARCH[1]),
    )
]


def _product_by_id(id: strawberry.ID) -> Product | None:  # noqa: A002  the suite's name
    return _product({"id": id})


def _deprecated_by_key(sku: str, package: str) -> DeprecatedProduct | None:
    return _deprecated({"sku": sku, "package": package})


@strawberry.type
class Query:
    product: Product | None = strawberry.field(resolver=_product_by_id)
    deprecated_product: DeprecatedProduct | None = strawberry.field(
        resolver=_deprecated_by_key, deprecation_reason="Use product query instead"
    )


# The suite knows no newer version.
SCHEMA = EngineFederationSchema(Query, types=[Inventory, ProductResearch, User], federation_version="2.3")
