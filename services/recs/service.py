from services.common.app import Service
from services.common.batch import Batch, Endpoint, Keys, Rows
from services.common.changes import Command
from services.common.journal import JOURNAL
from services.common.search import Page
from services.recs.changes import (
    SuggestionCommand,
    TagProduct,
    UntagProduct,
    UpdateTag,
    dismiss_suggestion,
    tag_product,
    untag_product,
    update_tag,
)
from services.recs.suggestion import SUGGESTIONS, Suggestion, SuggestionQuery, suggestions_by_id
from services.recs.tag import TAGS, Tag, TagQuery, tags_by_id
from services.recs.view import VIEWS, View, ViewQuery

RECS = Service(
    name="recs",
    title="Recs service",
    description="Tags, suggestions and recently viewed products.",
    endpoints=(
        Endpoint("/v1/tags:batchGet", "Tags by id", Keys, Rows[Tag], tags_by_id),
        Endpoint("/v1/tags:search", "Pages of tags", Batch[TagQuery], Rows[Page[Tag]], TAGS.search),
        Endpoint("/v1/suggestions:batchGet", "Suggestions by id", Keys, Rows[Suggestion], suggestions_by_id),
        Endpoint(
            "/v1/suggestions:search",
            "Pages of suggestions",
            Batch[SuggestionQuery],
            Rows[Page[Suggestion]],
            SUGGESTIONS.search,
        ),
        Endpoint("/v1/views:search", "Pages of views", Batch[ViewQuery], Rows[Page[View]], VIEWS.search),
        JOURNAL,
    ),
    commands=(
        Command("/v1/tags:add", "Tag a product", TagProduct, Tag, tag_product),
        Command("/v1/tags:remove", "Remove a product's tag", UntagProduct, Tag, untag_product),
        Command("/v1/tags:update", "Change a tag", UpdateTag, Tag, update_tag),
        Command(
            "/v1/suggestions:dismiss", "Never suggest this again", SuggestionCommand, Suggestion, dismiss_suggestion
        ),
    ),
)
