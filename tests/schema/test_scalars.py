import pytest

from schema.scalars import parse_time


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z"),
        ("2026-03-01T09:30:00+02:00", "2026-03-01T07:30:00Z"),
        ("2026-03-01t09:30:00.000z", "2026-03-01T09:30:00Z"),
        # What is before or from a moment between two seconds is so from the second one.
        ("2026-03-01T09:30:00.5Z", "2026-03-01T09:30:01Z"),
        ("2026-12-31T23:59:59.000000001Z", "2027-01-01T00:00:00Z"),
        ("2026-03-01T09:30:59.25-05:30", "2026-03-01T15:01:00Z"),
        ("0500-01-01T00:00:00Z", "0500-01-01T00:00:00Z"),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
    ],
)
def test_times_are_read_as_utc_in_whole_seconds(given: str, meant: str) -> None:
    assert parse_time(given) == meant


@pytest.mark.parametrize(
    "given",
    ["2026-03-01", "2026-03-01T09:30:00", "2026-02-30T00:00:00Z", "today", "", 5, None, "2026-03-01T09:30:00Z" * 10],
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(given)


@pytest.mark.parametrize(
    "given",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.5Z", "0000-01-01T00:00:00Z"],
)
def test_what_is_before_or_after_all_time_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(given)
