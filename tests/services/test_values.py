from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.money import Money, money
from services.common.position import InvalidPosition, read_position, write_position
from services.common.times import seconds_up


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (1290, "EUR", "12.90"),
        (5, "EUR", "0.05"),
        (0, "USD", "0.00"),
        (-5, "EUR", "-0.05"),
        (-1290, "EUR", "-12.90"),
        (1290, "JPY", "1290"),
        (0, "KRW", "0"),
        (-7, "JPY", "-7"),
        (12900, "KWD", "12.900"),
        (1, "BHD", "0.001"),
        (12345, "UYW", "1.2345"),
    ],
)
def test_money_has_its_currencys_decimals(minor: int, currency: str, amount: str) -> None:
    assert money(minor, currency) == Money(amount, currency)


@given(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1), st.floats(0, 1), st.from_regex("[a-z]{3,4}_[0-9A-Za-z]{1,40}", fullmatch=True)
    )
)
def test_a_position_gives_its_values_back(values: tuple[int, float, str]) -> None:
    position = write_position("list.SORT", values)
    assert read_position("list.SORT", position) == values
    assert len(position) <= 200


def test_a_position_of_another_sort_is_refused() -> None:
    with pytest.raises(InvalidPosition):
        read_position("list.OTHER", write_position("list.SORT", (1, "ord_1")))


@given(st.text(max_size=250))
def test_a_made_up_position_is_refused(position: str) -> None:
    with pytest.raises(InvalidPosition):
        read_position("list.SORT", position)


@given(st.data())
def test_a_position_with_one_other_character_is_refused(data: st.DataObject) -> None:
    position = write_position("list.SORT", (1_700_000_000, "ord_1"))
    index = data.draw(st.integers(0, len(position) - 1))
    character = data.draw(st.sampled_from("ABCabc019-_=+/ é").filter(lambda each: each != position[index]))
    with pytest.raises(InvalidPosition):
        read_position("list.SORT", position[:index] + character + position[index + 1 :])


def test_fractions_of_a_second_round_up() -> None:
    assert seconds_up(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)) == 1772357400
    assert seconds_up(datetime(2026, 3, 1, 9, 30, 0, 1, tzinfo=UTC)) == 1772357401
    assert seconds_up(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)) == 0
