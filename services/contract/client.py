"""Asking a service and noting what is wrong with its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """A rule that a service breaks. Holds no ids."""

    where: str
    rule: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}"


class NoAnswer(Exception):  # noqa: N818 - it is the service that errs
    """The service's answer is not one that the contract knows; `args[0]` says what was expected."""


class Client:
    """Calls one service and collects findings.

    Args:
        http: Its base URL is the service; it sends no token by itself.
        token: The service token.
    """

    def __init__(self, http: httpx.Client, token: str) -> None:
        self.http = http
        self.authorization = {"Authorization": f"Bearer {token}"}
        self.findings: list[Finding] = []

    def expect(self, kept: bool, where: str, rule: str) -> None:  # noqa: FBT001 - reads as a sentence: expect(rows == [], …)
        """Note a finding unless the rule was kept."""
        if not kept:
            self.note(where, rule)

    def note(self, where: str, rule: str) -> None:
        """Note a rule that is not kept."""
        self.findings.append(Finding(where, rule))

    def rows(self, path: str, keys: Sequence[object]) -> list[Json]:
        """Ask for keys and return the rows.

        Raises:
            NoAnswer: There are no rows.
        """
        answer = self.http.post(path, json={"keys": keys}, headers=self.authorization)
        if answer.status_code != httpx.codes.OK:
            message = f"a batch of {len(keys)} valid keys answers 200, not {answer.status_code}"
            raise NoAnswer(message)
        try:
            rows: list[Json] = answer.json()["rows"]
            _ = {row["key"] for row in rows}
        except (ValueError, KeyError, TypeError) as error:
            message = 'an answer is {"rows": [{"key": …}]}'
            raise NoAnswer(message) from error
        return rows

    def values(self, path: str, keys: Sequence[object]) -> dict[str, Json]:
        """Ask for keys and return values by key, noting keys answered twice; refused keys are left out."""
        rows = self.rows(path, keys)
        values = {row["key"]: row["value"] for row in rows if "value" in row}
        self.expect(len({row["key"] for row in rows}) == len(rows), path, "a key is answered once")
        return values

    def page(self, path: str, query: Mapping[str, object]) -> Json:
        """Ask for one page.

        Raises:
            NoAnswer: There is none.
        """
        values = self.values(path, [{"ref": "q", **query}])
        if "q" not in values:
            message = "a valid query is answered with a page"
            raise NoAnswer(message)
        return values["q"]

    def problem(self, answer: httpx.Response, status: int, code: str, rule: str) -> None:
        """Expect problem details."""
        where = answer.request.url.path
        self.expect(answer.status_code == status, where, f"{rule}: {status}, not {answer.status_code}")
        if answer.status_code == status:
            kind = answer.headers.get("content-type", "").partition(";")[0]
            self.expect(kind == "application/problem+json", where, f"{rule}: application/problem+json")
            self.expect(_code(answer) == code, where, f"{rule}: code {code}")


def _code(answer: httpx.Response) -> object:
    try:
        return answer.json()["code"]
    except (ValueError, KeyError, TypeError):
        return None
