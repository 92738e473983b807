"""The work proposed for an application, read from what its funder asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import AsRead, Confidence, Level, Source, Stream
from grants.domain.rules import Rule
from grants.domain.works import Need, Work, WorkKind, registration_need, resolution_need, template
from tests.builders import a_rule

WORDS = Bilingual("words", "mots")


def a_stream(
    *rules: Rule, documents: tuple[str, ...] = (), level: Level = Level.PROVINCIAL, apply: str | None = None
) -> Stream:
    return Stream(
        key="stream",
        administrator=WORDS,
        level=level,
        summary=WORDS,
        french_is_ours=True,
        source=Source("https://example.org", date(2026, 11, 23), Confidence.HIGH),
        rules=rules,
        intakes=(),
        as_read=AsRead(),
        required_documents=tuple(Bilingual(each, each) for each in documents),
        how_to_apply=Bilingual(apply, apply) if apply else None,
    )


def by_key(works: tuple[Work, ...]) -> dict[str, Work]:
    return {each.key: each for each in works}


@pytest.mark.parametrize(
    ("stream", "need"),
    [
        pytest.param(a_stream(apply="Transfer Payment Ontario"), Need.STATED, id="stated"),
        pytest.param(a_stream(apply="Grants Ontario (former system)"), Need.STATED, id="by its former name"),
        pytest.param(a_stream(), Need.ASSUMED, id="a provincial stream that does not say"),
        pytest.param(a_stream(apply="OTF online portal"), Need.NOT_STATED, id="another portal"),
        pytest.param(a_stream(level=Level.FEDERAL), Need.NOT_STATED, id="federal"),
    ],
)
def test_registration_is_read_from_the_stream(stream: Stream, need: Need) -> None:
    assert registration_need(stream) is need
    planned = by_key(template(stream, "municipality"))
    assert ("registration" in planned) is (need is not Need.NOT_STATED)
    assert "registration" not in by_key(template(stream, "municipality", needs_registration=False))
    if "registration" in planned:
        assert (planned["registration"].kind, planned["registration"].waits) == (WorkKind.REGISTRATION, 10)


@pytest.mark.parametrize(
    ("stream", "need"),
    [
        pytest.param(a_stream(documents=("council resolution",)), Need.STATED, id="a resolution"),
        pytest.param(a_stream(documents=("council by-law approving the agreement",)), Need.STATED, id="a by-law of council"),
        pytest.param(a_stream(a_rule({"fact": "council-resolution"})), Need.STATED, id="a rule"),
        pytest.param(a_stream(documents=("by-laws", "board list")), Need.NOT_STATED, id="an organization's by-laws"),
        pytest.param(a_stream(documents=("letter of support or council resolution (non-profits)",)), Need.NOT_STATED, id="of others only"),
        pytest.param(a_stream(), Need.NOT_STATED, id="no list found"),
    ],
)  # fmt: skip
def test_a_resolution_is_optional_unless_the_funder_asks(stream: Stream, need: Need) -> None:
    assert resolution_need(stream) is need
    council = by_key(template(stream, "municipality"))["council"]
    assert council.kind is WorkKind.COUNCIL
    assert council.optional is (need is Need.NOT_STATED)


def test_the_work_grows_with_the_documents_and_letters() -> None:
    none, three = (
        by_key(template(a_stream(documents=each), "municipality"))
        for each in ((), ("budget", "audited statement", "letters of support (1-3)"))
    )
    assert (none["documents"].minutes, three["documents"].minutes) == (240, 180)
    assert "letters" not in none
    assert three["letters"].waits == 10
    assert "letters" in three["submit"].after


@pytest.mark.parametrize("kind", ["municipality", "first-nation"])
@pytest.mark.parametrize("documents", [(), ("letters of support", "council resolution")])
@pytest.mark.parametrize("level", Level)
def test_work_is_listed_in_an_order_in_which_it_can_be_done(
    kind: Any, documents: tuple[str, ...], level: Level
) -> None:
    works = template(a_stream(documents=documents, level=level), kind)
    for place, work in enumerate(works):
        assert set(work.after) <= {each.key for each in works[:place]}
    assert works[-1].kind is WorkKind.SUBMIT
    leads_on = {key for work in works for key in work.after}
    assert {work.key for work in works} - leads_on == {"submit"}
    assert ("band" in by_key(works)["council"].title.en.lower()) is (kind == "first-nation")
