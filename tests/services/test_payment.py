from typing import Any

import pytest

from tests.services.conftest import Caller, Json


def euro(amount: str) -> Json:
    return {"amount": amount, "currencyCode": "EUR"}


CHARGE = {
    "id": "pay_2",
    "orderId": "ord_1",
    "customerId": "cus_ada",
    "kind": "CHARGE",
    "status": "SUCCESS",
    "amount": euro("10.00"),
    "method": "CARD",
    "brand": "Visa",
    "last4": "4242",
    "createdAt": "2026-03-01T09:31:00Z",
    "updatedAt": "2026-03-01T09:31:00Z",
    "failureReason": None,
}
REFUND = {
    "id": "rfd_1",
    "orderId": "ord_1",
    "customerId": "cus_ada",
    "transactionId": "pay_2",
    "amount": euro("5.00"),
    "reason": "Damaged",
    "createdAt": "2026-03-01T09:30:00Z",
    "items": [{"lineItemId": "itm_1", "quantity": 1, "amount": euro("5.00")}],
}
CARD = {
    "id": "pm_1",
    "customerId": "cus_ada",
    "method": "CARD",
    "brand": "Visa",
    "last4": "4242",
    "expiryMonth": 4,
    "expiryYear": 2028,
    "isDefault": True,
    "createdAt": "2026-03-01T09:30:00Z",
}


def test_a_ledger_has_its_transactions_and_refunds_oldest_first(payment: Caller) -> None:
    found: Any = payment.ask("/v1/ledgers:batchGetByOrder", "ord_1", "ord_2", "ord_0")
    assert found.keys() == {"ord_1", "ord_2"}
    transactions = found["ord_1"].pop("transactions")
    assert [each["id"] for each in transactions] == ["pay_1", "pay_2"]
    assert transactions[1] == CHARGE
    assert found["ord_1"] == {
        "orderId": "ord_1",
        "customerId": "cus_ada",
        "financialStatus": "PARTIALLY_REFUNDED",
        "authorized": euro("10.00"),
        "captured": euro("10.00"),
        "refunded": euro("5.00"),
        "outstanding": euro("0.00"),
        "refunds": [REFUND],
    }
    assert (found["ord_2"]["outstanding"], found["ord_2"]["refunds"]) == (euro("10.00"), [])


def test_transactions_and_refunds_by_id(payment: Caller) -> None:
    assert payment.ask("/v1/transactions:batchGet", "pay_2", "pay_0") == {"pay_2": CHARGE}
    failed: Any = payment.ask("/v1/transactions:batchGet", "pay_3")["pay_3"]
    assert (failed["status"], failed["failureReason"], failed["last4"]) == ("FAILURE", "Your bank said no", None)
    assert payment.ask("/v1/refunds:batchGet", "rfd_1", "rfd_0") == {"rfd_1": REFUND}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["pay_3", "pay_2", "pay_1"]),
        ({"descending": False, "limit": 2}, ["pay_1", "pay_2"]),
        ({"backward": True, "limit": 2}, ["pay_2", "pay_1"]),
        ({"filter": {"kind": ["AUTHORIZATION", "REFUND"]}}, ["pay_1"]),
        ({"filter": {"status": ["FAILURE"]}}, ["pay_3"]),
        ({"filter": {"kind": ["CHARGE"], "status": ["SUCCESS"]}}, ["pay_2"]),
        ({"customerId": "cus_bo"}, []),
    ],
)
def test_transactions_are_searched(payment: Caller, query: Json, expected: list[str]) -> None:
    assert payment.ids("/v1/transactions:search", **query) == expected


def test_payment_methods_and_wallets(payment: Caller) -> None:
    assert payment.ask("/v1/paymentMethods:batchGet", "pm_1", "pm_0") == {"pm_1": CARD}
    found: Any = payment.ask("/v1/wallets:batchGet", "cus_ada", "cus_bo")
    assert found.keys() == {"cus_ada"}
    assert found["cus_ada"]["customerId"] == "cus_ada"
    assert [each["id"] for each in found["cus_ada"]["paymentMethods"]] == ["pm_1", "pm_2"]
