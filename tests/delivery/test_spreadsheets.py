"""Tables that leave: no text in them becomes a formula, no cent is lost, and Excel in both languages reads them."""

from __future__ import annotations

import csv as standard
import re
import warnings
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
import time_machine
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from grants.delivery.spreadsheets import Cell, Column, Kind, Sheet, csv, xlsx
from grants.domain.bilingual import LANGUAGES, Language
from grants.domain.phrases import NBSP

SEPARATOR = {"en": ",", "fr": ";"}
ALL_KINDS = (
    Column("Program"),
    Column("Closes", Kind.DATE),
    Column("Asked", Kind.MONEY),
    Column("Tasks", Kind.WHOLE),
    Column("Changed", Kind.MOMENT, "America/Toronto"),
)
ROW: tuple[Cell, ...] = ("Fonds d’été", date(2027, 1, 15), 123_456_78, 3, datetime(2026, 7, 1, 3, 59, 30, tzinfo=UTC))

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", '"=1', "'=1", "« =1", "＝1", "＋1", "－1", "＠A1",
    "﹦1", "\ufeff=1", "\u200b=1", "\x00=1", "\x0b=1", "x;=1", "x,=1", "x\t=1", "x\n=1", 'x";=1', "x; '=cmd|'/c calc'!A1;y", "x\r\n-1", "\ud800=1",
]  # fmt: skip
SNIPPETS = st.sampled_from(
    [*"=+-@＝＋－＠\t\r\n ;,\"'x«\u00a0\ufeff\u200b\x00\x0b\ud800", "cmd|'/c calc'!A1", "12", "é"]
)
TEXTS = st.lists(SNIPPETS, max_size=8).map("".join) | st.text()

# What the spreadsheets of both languages, and one that parts by tabs, could make of a line.
LOOKS_LIKE_A_FORMULA = re.compile("[\\s\"'“”„‘’‚«»‹›`\u200b-\u200f\u2060\ufeff]*[=+\\-@＝＋－＠﹦﹢﹣﹫]")


def one_text(text: str) -> Sheet:
    return Sheet("Notes", (Column("Before"), Column("Text"), Column("After")), [("a", text, "b")])


def read(content: bytes, delimiter: str) -> list[list[str]]:
    return list(standard.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def opened(content: bytes) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_workbook(BytesIO(content))


def is_safe(cell: str) -> bool:
    return cell.startswith("'") or not LOOKS_LIKE_A_FORMULA.match(cell)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(text=TEXTS)
@settings(max_examples=150)
@example(HOSTILE[0])
def test_no_text_becomes_a_formula_in_csv_whatever_parts_the_columns(
    language: Language, delimiter: str, text: str
) -> None:
    for row in read(csv(one_text(text), language), delimiter):
        assert all(is_safe(cell) for cell in row)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", HOSTILE)
def test_every_known_trick_is_defused_in_csv(language: Language, text: str) -> None:
    for delimiter in ",;\t":
        for row in read(csv(one_text(text), language), delimiter):
            assert all(is_safe(cell) for cell in row)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_known_trick_is_defused_in_a_workbook(text: str) -> None:
    page = opened(xlsx([one_text(text)], "en")).worksheets[0]
    cell = page.cell(2, 2)
    assert cell.data_type == "s"
    assert is_safe(str(cell.value))


@given(text=TEXTS)
@settings(max_examples=100)
def test_no_text_becomes_a_formula_in_a_workbook(text: str) -> None:
    content = xlsx([one_text(text)], "en")
    with ZipFile(BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    for row in opened(content).worksheets[0].iter_rows():
        for cell in row:
            assert cell.data_type in {"s", "n"}
            assert cell.data_type == "s" or cell.value is None  # empty text is an empty cell
            assert is_safe(str(cell.value or ""))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    ["Plain", "Fonds d’été « jeunes »", "a, b; c", 'say "hello"', "two\nlines", "A − B", "x=1", "a-b", "— none", "", "5 %", "été;hiver, 2027"],
)  # fmt: skip
def test_harmless_text_stays_as_it_is(language: Language, text: str) -> None:
    assert read(csv(one_text(text), language), SEPARATOR[language])[1] == ["a", text, "b"]
    assert (opened(xlsx([one_text(text)], language)).worksheets[0].cell(2, 2).value or "") == text


@pytest.mark.parametrize(("language", "line"), [
    ("en", "Fonds d’été,2027-01-15,123456.78,3,2026-06-30T23:59:30-04:00"),
    ("fr", "Fonds d’été;2027-01-15;123456,78;3;2026-06-30T23:59:30-04:00"),
])  # fmt: skip
def test_csv_is_what_excel_of_that_language_opens(language: Language, line: str) -> None:
    content = csv(Sheet("All", ALL_KINDS, [ROW, (None,) * 5]), language)
    apart = SEPARATOR[language]
    heading = apart.join(("Program", "Closes", "Asked", "Tasks", "Changed (America/Toronto)"))
    assert content == f"\ufeff{heading}\r\n{line}\r\n{apart * 4}\r\n".encode()


def test_a_workbook_holds_real_dates_and_numbers() -> None:
    page = opened(xlsx([Sheet("All", ALL_KINDS, [ROW])], "fr")).worksheets[0]
    cells = [page.cell(2, place) for place in range(1, 6)]
    assert [cell.value for cell in cells] == [
        "Fonds d’été", datetime.fromisoformat("2027-01-15"), 123456.78, 3, datetime.fromisoformat("2026-06-30T23:59:30"),
    ]  # fmt: skip
    assert [cell.number_format for cell in cells[1:]] == [
        "yyyy-mm-dd", f'#,##0.00"{NBSP}$"', "#,##0", "yyyy-mm-dd hh:mm",
    ]  # fmt: skip


def test_headings_are_bold_stay_in_sight_and_filter() -> None:
    page = opened(xlsx([Sheet("All", ALL_KINDS, [ROW, ROW])], "en")).worksheets[0]
    assert all(page.cell(1, place).font.bold for place in range(1, 6))
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:E3")


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
@example(-1)
@example(5)
@example(999_999_999_999_999)
@settings(max_examples=60)
def test_money_is_exact_to_the_cent(cents: int) -> None:
    sheet = Sheet("Money", (Column("Asked", Kind.MONEY),), [(cents,)])
    for language in LANGUAGES:
        cell = read(csv(sheet, language), SEPARATOR[language])[1][0]
        assert int(re.sub("[.,]", "", cell)) == cents
        assert re.fullmatch(r"-?\d+[.,]\d\d", cell)
    assert Decimal(str(opened(xlsx([sheet], "en")).worksheets[0].cell(2, 1).value)).scaleb(2) == cents


def test_the_same_sheets_give_the_same_bytes_on_another_day() -> None:
    sheets = [Sheet("All", ALL_KINDS, [ROW]), Sheet("Empty", ALL_KINDS, [])]
    with time_machine.travel(datetime(2026, 11, 24, tzinfo=UTC), tick=False):
        first = xlsx(sheets, "en")
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC), tick=False):
        assert xlsx(sheets, "en") == first


@pytest.mark.parametrize(("names", "given"), [
    (["Tasks", "tasks"], ["Tasks", "tasks 2"]),
    (["a/b:c*d?e[f]g\\h"], ["a b c d e f g h"]),
    (["'quoted'", "", "\x07"], ["quoted", "-", "- 2"]),
    (["x" * 40, "x" * 40], ["x" * 31, "x" * 26 + " 2"]),
    (["History"], ["History 2"]),
])  # fmt: skip
def test_a_workbook_names_its_sheets_as_excel_allows(names: list[str], given: list[str]) -> None:
    sheets = [Sheet(name, (Column("Text"),), [("a",)]) for name in names]
    assert opened(xlsx(sheets, "en")).sheetnames == given


def test_text_beyond_what_a_cell_holds_is_cut_and_says_so() -> None:
    value = str(opened(xlsx([one_text("😀" * 20_000)], "en")).worksheets[0].cell(2, 2).value)
    assert value.endswith("…")
    assert len(value.encode("utf-16-le")) // 2 <= 32_767
    assert len(value) > 16_000


def test_a_day_that_excel_does_not_know_is_told_in_words() -> None:
    sheet = Sheet("Old", (Column("Day", Kind.DATE),), [(date(1867, 7, 1),)])
    assert opened(xlsx([sheet], "en")).worksheets[0].cell(2, 1).value == "1867-07-01"


@pytest.mark.parametrize(("kind", "cell"), [
    (Kind.TEXT, 1), (Kind.DATE, datetime(2027, 1, 1, tzinfo=UTC)), (Kind.DATE, "2027-01-01"), (Kind.MONEY, "1"), (Kind.MONEY, True),
    (Kind.MONEY, 10**15), (Kind.WHOLE, -(10**15)), (Kind.MOMENT, datetime.fromisoformat("2027-01-01")), (Kind.MOMENT, date(2027, 1, 1)),
])  # fmt: skip
def test_a_cell_that_does_not_fit_its_column_is_refused(kind: Kind, cell: Cell) -> None:
    column = Column("One", kind, "America/Toronto" if kind is Kind.MOMENT else None)
    with pytest.raises(ValueError, match="to write"):
        Sheet("One", (column,), [(cell,)])


def test_a_row_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells, not 2"):
        Sheet("One", (Column("A"), Column("B")), [("a",)])


@pytest.mark.parametrize(("kind", "zone"), [(Kind.MOMENT, None), (Kind.TEXT, "America/Toronto")])
def test_moments_and_only_they_want_a_zone(kind: Kind, zone: str | None) -> None:
    with pytest.raises(ValueError, match="want a zone"):
        Column("Changed", kind, zone)
