"""What a customer does with tags and suggestions."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from services.common.batch import Key
from services.common.changes import Body
from services.common.database import Writer
from services.common.ids import new_id
from services.common.problems import NotFound, Refused
from services.common.shared import Source
from services.recs.suggestion import Suggestion, suggestions_by_id
from services.recs.tag import Tag, tags_by_id

Note = Annotated[str, Meta(min_length=1, max_length=500)]
Labels = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(max_length=10)]

_PRODUCT = "SELECT price FROM products WHERE id = ?"
_TAG_OF_PRODUCT = "SELECT id FROM tags WHERE customer_id = ? AND product_id = ?"
_ADD = """
    INSERT INTO tags (id, customer_id, product_id, note, price_when_tagged, in_stock_when_tagged, tagged_at,
        source_channel, source_creator_handle)
    SELECT ?, ?, id, ?, price, in_stock, ?, ?, ? FROM products WHERE id = ?
"""
_LABEL = "INSERT INTO tag_labels (tag_id, position, label) VALUES (?, ?, ?)"


class TagSource(Source, rename="camel", frozen=True, forbid_unknown_fields=True):
    """Where the person met the product."""


class TagProduct(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which product to keep an eye on."""

    product_id: Key
    note: Note | None
    labels: Labels
    source: TagSource | None


class UntagProduct(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which product to forget."""

    product_id: Key


class UpdateTag(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change of a tag; what is left out stays."""

    tag_id: Key
    note: Annotated[Note | UnsetType | None, Meta(description="Null removes it.")] = UNSET
    labels: Annotated[Labels | UnsetType, Meta(description="All of them.")] = UNSET


class SuggestionCommand(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which suggestion."""

    suggestion_id: Key


def tag_product(writer: Writer, body: TagProduct) -> Tag:
    """Tag a product at what it costs now."""
    prices = writer.rows(_PRODUCT, (body.product_id,))
    if not prices:
        raise NotFound
    # What costs nothing has no price that could drop.
    if prices[0][0] <= 0:
        raise Refused("NOT_TAGGABLE")
    if writer.rows(_TAG_OF_PRODUCT, (body.customer_id, body.product_id)):
        raise Refused("ALREADY_TAGGED")
    tag = new_id("tag")
    channel, creator = (None, None) if body.source is None else (body.source.channel, body.source.creator_handle)
    writer.change(_ADD, tag, body.customer_id, body.note, writer.seconds, channel, creator, body.product_id)
    _label(writer, tag, body.labels)
    return _changed(writer, tag, body.customer_id)


def untag_product(writer: Writer, body: UntagProduct) -> Tag:
    """Remove a product's tag, and return it as it was."""
    for (tag,) in writer.rows(_TAG_OF_PRODUCT, (body.customer_id, body.product_id)):
        was = _changed(writer, tag, body.customer_id)
        writer.change("DELETE FROM tags WHERE id = ?", tag)
        writer.enter(tag, body.customer_id, removed=True)
        return was
    raise NotFound


def update_tag(writer: Writer, body: UpdateTag) -> Tag:
    """Change a tag's note or labels."""
    found = tags_by_id(writer, [body.tag_id]).get(body.tag_id)
    if found is None or found.customer_id != body.customer_id:
        raise NotFound
    if not isinstance(body.note, UnsetType):
        writer.change("UPDATE tags SET note = ? WHERE id = ?", body.note, body.tag_id)
    if not isinstance(body.labels, UnsetType):
        writer.change("DELETE FROM tag_labels WHERE tag_id = ?", body.tag_id)
        _label(writer, body.tag_id, body.labels)
    return _changed(writer, body.tag_id, body.customer_id)


def dismiss_suggestion(writer: Writer, body: SuggestionCommand) -> Suggestion:
    """Never make a suggestion again, and return it as it was."""
    found = suggestions_by_id(writer, [body.suggestion_id]).get(body.suggestion_id)
    if found is None or found.customer_id != body.customer_id:
        raise NotFound
    writer.change("UPDATE suggestions SET dismissed_at = ? WHERE id = ?", writer.seconds, found.id)
    writer.announce("suggestion.updated", found.id, found.customer_id, removed=True)
    return found


def _label(writer: Writer, tag: str, labels: list[str]) -> None:
    for place, label in enumerate(dict.fromkeys(labels)):
        writer.change(_LABEL, tag, place, label)


def _changed(writer: Writer, tag: str, customer: str) -> Tag:
    writer.announce("tag.updated", tag, customer)
    return tags_by_id(writer, [tag])[tag]
