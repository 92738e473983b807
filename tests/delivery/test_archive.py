"""An archive of somebody's data: the same for the same data, safe to unpack, readable in both languages."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.delivery.archive import json_of, pack
from grants.domain.bilingual import Bilingual

MADE = datetime(2026, 11, 24, 15, 30, 7, tzinfo=UTC)
README = Bilingual("What this is", "Ce que c’est")
FILES = {"data.json": b"{}\n", "tables/notes.csv": "é;è\r\n".encode(), "tables/a-b_c.csv": b""}


def test_what_was_packed_is_unpacked() -> None:
    with ZipFile(BytesIO(pack(FILES, MADE, readme=README))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in FILES} == FILES
        words = archive.read("README.txt").decode()
    assert words.index("What this is") < words.index("Ce que c’est")


def test_the_same_data_give_the_same_bytes_in_any_order_and_zone() -> None:
    elsewhere = MADE.astimezone(timezone(timedelta(hours=-5)))
    again = pack(dict(reversed(FILES.items())), elsewhere, readme=README)
    assert again == pack(FILES, MADE, readme=README)


def test_files_bear_the_moment_of_asking() -> None:
    with ZipFile(BytesIO(pack(FILES, MADE, readme=README))) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2026, 11, 24, 15, 30, 6)}


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up.txt", "a/../../up", "a//b", "", "a/", "C:\\x", "c:x", "a\\b", ".hidden", "end.", "a b", "a\nb", "é.csv", "a/.."],
)  # fmt: skip
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no plain relative path"):
        pack({name: b""}, MADE, readme=README)


@pytest.mark.parametrize("names", [("a.csv", "A.csv"), ("README.txt",), ("readme.TXT",)])
def test_two_files_never_share_a_name(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="one name"):
        pack(dict.fromkeys(names, b""), MADE, readme=README)


def test_a_year_that_zip_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot say"):
        pack({}, MADE.replace(year=1979), readme=README)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_reads_back_as_it_was(value: object) -> None:
    assert json.loads(json_of(value)) == value


@given(st.characters(categories=["Cs"]))
def test_half_a_character_survives_json(half: str) -> None:
    assert json.loads(json_of([half])) == [half]


def test_json_is_sorted_and_readable() -> None:
    value = {"b": date(2027, 1, 15), "a": "Échéance", "c": MADE}
    assert json_of(value).decode().splitlines() == [
        "{",
        '  "a": "Échéance",',
        '  "b": "2027-01-15",',
        '  "c": "2026-11-24T15:30:07+00:00"',
        "}",
    ]


@pytest.mark.parametrize(("value", "fault"), [({1j}, TypeError), (float("nan"), ValueError)])
def test_what_json_cannot_say_is_refused(value: object, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        json_of(value)
