"""What counts as an amount of money."""

import msgspec
import pytest

from downstream.record import Money


@pytest.mark.parametrize("amount", ["0", "12.90", "-3.50", "1290", "0.001"])
def test_an_amount_is_a_decimal_number_as_it_was_sent(amount: str) -> None:
    body = msgspec.json.encode({"amount": amount, "currencyCode": "EUR"})
    assert msgspec.json.decode(body, type=Money).amount == amount


@pytest.mark.parametrize(
    "amount", ["", "-", ".", "1.", ".5", "1e3", "NaN", "1,00", "+1", "--1", "1.2.3", " 1", "\u0661", "9" * 41]
)
def test_anything_else_is_refused(amount: str) -> None:
    body = msgspec.json.encode({"amount": amount, "currencyCode": "EUR"})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Money)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "E1R", "ÄÖÜ", "EU"])
def test_a_currency_is_three_capital_letters(code: str) -> None:
    body = msgspec.json.encode({"amount": "1.00", "currencyCode": code})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Money)
