"""Answers as bytes."""

import json
import math
from decimal import Decimal

from engine import encode


def test_keys_keep_their_order_and_text_its_form() -> None:
    assert encode({"b": 1, "a": [None, True, "é"]}) == '{"b":1,"a":[null,true,"é"]}'.encode()


def test_what_json_does_not_have_becomes_null() -> None:
    assert encode({"a": math.nan, "b": [math.inf, -math.inf]}) == b'{"a":null,"b":[null,null]}'
    assert encode({"a": math.nan, "b": 2**70}) == b'{"a":null,"b":1180591620717411303424}'


def test_a_lone_surrogate_is_escaped_and_the_answer_stays_json() -> None:
    answer = {"a": "\ud800", "b": {"c": (1.5, 2**64)}}
    assert json.loads(encode(answer)) == {"a": "\ud800", "b": {"c": [1.5, 2**64]}}
    # Beside what msgspec alone knows how to write.
    assert encode({"a": "\ud800", "b": Decimal("1.50")}) == b'{"a":"\\ud800","b":"1.50"}'
