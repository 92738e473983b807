"""Pack the whole of somebody's data into one archive of open formats: the same data give the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from grants.domain.bilingual import Bilingual

MEDIA_TYPE = "application/zip"
README = "README.txt"

# Letters, digits and single dots inside: a name that means one place on every system, and never one above.
SAFE_PART = re.compile(r"[A-Za-z0-9_]+([.-]?[A-Za-z0-9_]+)*")
ZIP_YEARS = range(1980, 2108)
READABLE_BY_ALL = 0o100644 << 16
UNIX = 3
LEVEL = 6


def pack(files: Mapping[str, bytes], made: datetime, *, readme: Bilingual) -> bytes:
    """Pack files with a README in both languages beside them.

    Args:
        files: content by relative path, folders parted by ``/``.
        made: when the archive was asked for, with its zone; the date all files bear, in UTC.
        readme: what the archive holds and how to read it.

    Raises:
        ValueError: a name is not a plain relative path, or two names are one on systems that do not tell ``A`` from
            ``a``.
    """
    for name in files:
        if not all(SAFE_PART.fullmatch(part) for part in name.split("/")):
            raise ValueError(f"{name!r} is no plain relative path")
    if len({name.casefold() for name in (README, *files)}) != len(files) + 1:
        raise ValueError("two files of the archive have one name")
    words = f"{readme.en.strip()}\n\n{'-' * 72}\n\n{readme.fr.strip()}\n"
    return zipped({README: text_of(words), **files}, made)


def zipped(files: Mapping[str, bytes], made: datetime) -> bytes:
    """Zip files in the order of their names; nothing in it tells when or on which machine, but ``made``."""
    stamp = made.astimezone(UTC)
    if stamp.year not in ZIP_YEARS:
        raise ValueError(f"a zip file cannot say {made}")
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name in sorted(files):
            entry = ZipInfo(name, date_time=(*stamp.timetuple()[:5], stamp.second - stamp.second % 2))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = READABLE_BY_ALL
            entry.create_system = UNIX
            archive.writestr(entry, files[name], compresslevel=LEVEL)
    return content.getvalue()


def json_of(value: object) -> bytes:
    """Write a value as JSON that people can read and compare: keys in order, accents as they are, days in ISO form.

    Raises:
        TypeError: it holds something that JSON has no word for.
        ValueError: it holds a number that is none.
    """
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True, default=_iso)
    return text_of(written + "\n")


def text_of(words: str) -> bytes:
    """Write text as UTF-8; half a character, which has no bytes, becomes the escape that JSON reads."""
    return words.encode("utf-8", errors="backslashreplace")


def _iso(value: object) -> str:
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    raise TypeError(f"JSON has no word for {type(value).__name__}")
