import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.cursor import Cursors
from resolvers.errors import BadUserInputError

CURSORS = Cursors(b"one secret of at least 32 characters")


@given(scope=st.text(max_size=60), position=st.text(st.characters(codec="utf-8"), max_size=200))
def test_a_cursor_gives_back_its_position_to_its_own_scope_only(scope: str, position: str) -> None:
    cursor = CURSORS.encode(scope, position)
    assert CURSORS.decode(scope, cursor, "after") == position
    with pytest.raises(BadUserInputError):
        CURSORS.decode(scope + "!", cursor, "after")
    with pytest.raises(BadUserInputError):
        Cursors(b"another secret of 32 characters...").decode(scope, cursor, "after")


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_else_is_given_is_refused_with_the_arguments_name(cursor: str) -> None:
    with pytest.raises(BadUserInputError) as refused:
        CURSORS.decode("orders", cursor, "before")
    assert refused.value.argument == "before"


def test_a_cursor_is_safe_in_a_url() -> None:
    assert set(CURSORS.encode("orders", "\xff" * 50)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )
