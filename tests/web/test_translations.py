"""The French is complete: every sentence of code and templates has one, none is empty, unsure or left over."""

import json
import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from config import ROOT

TRANSLATIONS = ROOT / "grants" / "translations"
FRENCH = TRANSLATIONS / "fr_CA" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def french() -> Catalog:
    """The catalogue that is compiled."""
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr_CA")


@pytest.fixture(scope="module")
def wanted() -> set[str | tuple[str, ...]]:
    """Every message that code and templates use."""
    with (TRANSLATIONS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found: set[str | tuple[str, ...]] = set()
    for top in ("grants", "templates"):
        rules = [(pattern.removeprefix(f"{top}/"), method) for pattern, method in methods if pattern.startswith(top)]
        kept = {pattern.removeprefix(f"{top}/"): each for pattern, each in options.items()}
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / top, rules, kept, keywords=KEYWORDS, strip_comment_tags=True
        ):
            found.add(tuple(message) if isinstance(message, (list, tuple)) else message)
    return found


def forms(message: Message) -> tuple[str, ...]:
    """The French of a message: one form or two."""
    said = [message.string] if isinstance(message.string, str) else message.string or [""]
    return tuple(each or "" for each in said)


def name_of(message: Message) -> str | tuple[str, ...]:
    """The English of a message: one form or two."""
    return message.id if isinstance(message.id, str) else tuple(message.id)


def test_the_catalogue_holds_what_code_and_templates_say(french: Catalog, wanted: set[str | tuple[str, ...]]) -> None:
    held = {name_of(message) for message in french if message.id}

    assert wanted - held == set(), "not in the catalogue"
    assert held - wanted == set(), "left over in the catalogue"


def test_nothing_is_empty_or_unsure(french: Catalog) -> None:
    empty = [message.id for message in french if message.id and not all(each.strip() for each in forms(message))]
    unsure = [message.id for message in french if message.id and message.fuzzy]

    assert empty == []
    assert unsure == []


def test_placeholders_are_the_same(french: Catalog) -> None:
    names = re.compile(r"%\(\w+\)s")
    different = []
    for message in french:
        if not message.id:
            continue
        english = message.id if isinstance(message.id, str) else message.id[-1]
        expected = set(names.findall(english))
        different += [
            each for each in forms(message) if set(names.findall(each)) - {"%(num)s"} != expected - {"%(num)s"}
        ]

    assert different == []


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("a plain space before a colon", r" :"),
        ("a space before ; ! or ?", rf"[ {NO_BREAK}][;!?]"),
        ("a plain space inside guillemets", r"« | »"),
        ("straight quotation marks", r"\""),
        ("a straight apostrophe", r"\w'\w"),
        ("a plain space before %", r"\d %"),
    ],
)
def test_typography_is_canadian_french(french: Catalog, fault: str, pattern: str) -> None:
    wrong = [each for message in french if message.id for each in forms(message) if re.search(pattern, each)]

    assert wrong == [], fault


def test_labels_of_the_vocabulary_have_typographic_apostrophes() -> None:
    concepts = [
        each for file in (ROOT / "seeds" / "vocabulary").glob("*.json") for each in json.loads(file.read_text("utf-8"))
    ]
    labels = [each[name] for each in concepts for name in ("label_en", "label_fr")]

    assert len(labels) > len(concepts) > 0
    assert [each for each in labels if "'" in each] == []


def test_french_programs_write_millions_in_words_as_pages_do() -> None:
    files = list((ROOT / "seeds" / "programs").glob("*.json"))

    assert files
    assert [file.name for file in files if re.search(r"\d\s[MG]\$", file.read_text(encoding="utf-8"))] == []


def test_what_is_compiled_is_what_is_written(french: Catalog) -> None:
    with FRENCH.with_suffix(".mo").open("rb") as file:
        compiled = {name_of(message): forms(message) for message in read_mo(file) if message.id}

    assert compiled == {name_of(message): forms(message) for message in french if message.id}
