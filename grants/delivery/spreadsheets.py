"""Write tables as CSV and as Excel workbooks in which no text can become a formula.

Both say the same: text stays text, money is exact to the cent, a date is a date. The same sheet gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from csv import writer
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - as in the domain
from decimal import Decimal
from enum import StrEnum
from io import BytesIO, StringIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from grants.delivery.archive import zipped
from grants.domain.bilingual import Language
from grants.domain.phrases import NBSP
from grants.domain.zones import zone as zone_of

if TYPE_CHECKING:  # the library takes a sixth of a second to load, and most processes never write a workbook
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | Date | datetime | None

# Excel set to Canadian French parts columns by semicolons and cents by a comma.
SEPARATORS: dict[Language, str] = {"en": ",", "fr": ";"}
CENTS: dict[Language, str] = {"en": ".", "fr": ","}
LOCALES: dict[Language, str] = {"en": "en-CA", "fr": "fr-CA"}

# What a spreadsheet takes for the start of a formula, in the widths that East Asian versions read alike; and what may
# stand before it without making a difference: blanks, quotes, signs that are not seen.
STARTS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
UNNOTICED = "\\s\"'`“”„‘’‚«»‹›\u200b-\u200f\u2060\ufeff"
FORMULA = re.compile(rf"[\t\n]|[{UNNOTICED}]*[{STARTS}]")
# What no file of text or XML can hold: control signs, halves of characters, signs that are none.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

EXACT_BELOW = 10**15  # Excel keeps fifteen digits
LONGEST_TEXT = 32_767
FIRST_YEAR = 1901  # Excel has no day before 1900 and a wrong one in it
WIDTHS = (8, 60)
LONGEST_NAME = 31
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
STAMP = datetime(1980, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    """Whole cents."""
    WHOLE = "whole"
    MOMENT = "moment"
    """A datetime that knows its zone; shown in the zone of the column."""


TYPES: dict[Kind, type] = {
    Kind.TEXT: str,
    Kind.DATE: Date,
    Kind.MONEY: int,
    Kind.WHOLE: int,
    Kind.MOMENT: datetime,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what it holds and, for moments, by which zone's clock they are told."""

    title: str
    kind: Kind = Kind.TEXT
    zone: str | None = None

    def __post_init__(self) -> None:
        """Refuse moments without a clock."""
        if (self.kind is Kind.MOMENT) != (self.zone is not None):
            raise ValueError(f"column {self.title!r}: moments, and only they, want a zone")

    @property
    def heading(self) -> str:
        """The title; of moments with the zone, since cells cannot say it."""
        return f"{self.title} ({self.zone})" if self.zone else self.title

    def holds(self, cell: Cell) -> bool:
        """Tell whether a cell is of this column's kind; an empty one always is."""
        if cell is None:
            return True
        if not isinstance(cell, TYPES[self.kind]) or isinstance(cell, bool):
            return False
        if isinstance(cell, datetime):
            return self.kind is Kind.MOMENT and cell.tzinfo is not None
        return not isinstance(cell, int) or abs(cell) < EXACT_BELOW


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a name; ``None`` is an empty cell."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        """Refuse rows that do not fit: a number in the wrong column is worse than no table."""
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} of {self.name!r} has {len(row)} cells, not {len(self.columns)}")
            for column, cell in zip(self.columns, row, strict=True):
                if not column.holds(cell):
                    raise ValueError(f"row {number} of {self.name!r}: {cell!r} is no {column.kind} to write")


def csv(sheet: Sheet, language: Language) -> bytes:
    """Write a sheet as CSV: UTF-8 with the mark by which Excel knows it, days and moments in ISO form.

    Moments bear their offset. Text that a spreadsheet could take for a formula gets an apostrophe, also in the middle,
    after what only another country's Excel takes for the end of a cell.
    """
    own = SEPARATORS[language]
    others = "".join(each for each in ",;\t\n" if each != own)
    inner = re.compile(rf"(?<=[{others}])(?=[{UNNOTICED}]*[{STARTS}])")
    written = StringIO()
    table = writer(written, delimiter=own, lineterminator="\r\n")
    table.writerow([inner.sub("'", _harmless(column.heading)) for column in sheet.columns])
    for row in sheet.rows:
        cells = zip(sheet.columns, row, strict=True)
        table.writerow([_plain(cell, column, language, inner) for column, cell in cells])
    return written.getvalue().encode("utf-8-sig")


def _plain(cell: Cell, column: Column, language: Language, inner: re.Pattern[str]) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return inner.sub("'", _harmless(cell))
    if isinstance(cell, datetime):
        return cell.astimezone(zone_of(column.zone or "UTC")).isoformat(timespec="seconds")
    if isinstance(cell, Date):
        return cell.isoformat()
    if column.kind is Kind.MONEY:
        return f"{_dollars(cell):.2f}".replace(".", CENTS[language])
    return str(cell)


def xlsx(sheets: Sequence[Sheet], language: Language) -> bytes:
    """Write sheets as one workbook: headings bold, in sight and with filters; real dates and numbers.

    Text is stored as text, and bears the apostrophe of :func:`csv` nevertheless: somebody will save it as CSV.

    Cost: some 15 µs a cell; the library's first import 0.2 s.
    """
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    names = {"history"}  # Excel keeps it for itself
    for sheet in sheets:
        name = _name(sheet.name, names)
        names.add(name.casefold())
        _fill(workbook.create_sheet(name), sheet, language)
    return _saved(workbook, language)


def _fill(page: Worksheet, sheet: Sheet, language: Language) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    money = '"$"#,##0.00' if language == "en" else f'#,##0.00"{NBSP}$"'
    formats = {Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm", Kind.MONEY: money, Kind.WHOLE: "#,##0"}
    bold = Font(bold=True)
    for place, column in enumerate(sheet.columns, start=1):
        heading = page.cell(1, place)
        heading.value, heading.data_type, heading.font = _harmless(column.heading), "s", bold
        shown = [len(_harmless(column.heading)) + 4]  # room for the sign of the filter
        for line, row in enumerate(sheet.rows, start=2):
            value = _typed(row[place - 1], column)
            if value is None:
                continue
            cell = page.cell(line, place)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
                shown.append(max(map(len, value.splitlines()), default=0))
            else:
                cell.number_format = formats[column.kind]
                shown.append(len(str(value)) + 4)
        page.column_dimensions[get_column_letter(place)].width = min(max(*shown, WIDTHS[0]), WIDTHS[1])
    page.freeze_panes = "A2"
    if sheet.columns:
        page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(sheet.rows) + 1}"


def _typed(cell: Cell, column: Column) -> str | int | Decimal | Date | datetime | None:
    if isinstance(cell, str):
        return _cut(_harmless(cell)) or None
    if isinstance(cell, Date) and cell.year < FIRST_YEAR:
        return cell.isoformat()
    if isinstance(cell, datetime):
        return cell.astimezone(zone_of(column.zone or "UTC")).replace(tzinfo=None, microsecond=0)
    if isinstance(cell, int) and column.kind is Kind.MONEY:
        return _dollars(cell)
    return cell


def _saved(workbook: Workbook, language: Language) -> bytes:
    """Save without the hour and the library's name, which would make every file a new one."""
    from openpyxl.writer.excel import ExcelWriter

    stamp = STAMP.replace(tzinfo=None)
    workbook.properties.created = workbook.properties.modified = stamp
    workbook.properties.creator = None
    workbook.properties.language = LOCALES[language]
    raw = BytesIO()
    with ZipFile(raw, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(workbook, archive).write_data()
    with ZipFile(raw) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()}, STAMP)


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _harmless(text: str) -> str:
    """Give text that can be written and that no spreadsheet runs; its line breaks become line feeds."""
    kept = UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{kept}" if FORMULA.match(kept) else kept


def _cut(text: str) -> str:
    """Shorten to what a cell can hold, counted as Excel counts; it calls a file with more than that damaged."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"


def _name(wanted: str, taken: set[str]) -> str:
    """Give a sheet a name that Excel takes: short, without its own signs, unlike every other."""
    plain = " ".join(NOT_IN_A_NAME.sub(" ", UNWRITABLE.sub("", wanted)).split()).strip("' ") or "-"
    name, number = plain[:LONGEST_NAME].rstrip("' "), 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain[: LONGEST_NAME - 5]} {number}"
    return name
