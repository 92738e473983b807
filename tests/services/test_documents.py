"""The readiness bank: what is kept, what uses it, what should be prepared now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.domain.documents import DocumentKind, Standing
from grants.domain.records import write
from grants.services import applications, catalogue, documents, tracking
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError
from grants.services.documents import Details
from grants.store import tenants
from grants.store.applications import EventRow, RequirementRow
from grants.store.database import transaction
from tests.begun import NOW, a_person, a_round, an_application, hand, the_community

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

INSURANCE = Details(DocumentKind.INSURANCE, "Insurance", "Binder 3", date(2026, 1, 1), date(2026, 12, 31), "")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora."""
    del db_session
    return a_person()


def add(person: int, details: Details = INSURANCE, community: str = "kenora") -> int:
    """Add a document, and give its number."""
    with transaction() as session:
        return documents.add(session, the_community(session, community), details, hand(person)).id


def begin(person: int, *wordings: str) -> int:
    """Begin an application whose checklist asks for these and nothing else."""
    with transaction() as session:
        row = an_application(session, person)
        for line in tenants.all_of(session, RequirementRow, "kenora"):
            session.delete(line)
        session.flush()
        for place, wording in enumerate(wordings):
            said = write(Bilingual(wording, wording))
            session.add(RequirementRow(community="kenora", application=row.id, place=place, wording=said))
        return row.id


def lines(session: Session) -> list[RequirementRow]:
    """The lines of the checklists of Kenora."""
    return list(tenants.all_of(session, RequirementRow, "kenora"))


def asked(session: Session) -> dict[str, list[str]]:
    """What should be prepared: by kind, the wordings."""
    found = documents.to_prepare(session, catalogue.present(session), the_community(session), NOW)
    return {group.kind or "": [each.wording.en for each in group.asked] for group in found}


def test_what_expires_first_comes_first_and_what_never_does_comes_last(db_session: Session, ana: int) -> None:
    for title, expires in (("Never", None), ("Next year", date(2027, 6, 1)), ("Over", date(2026, 11, 23))):
        add(ana, replace(INSURANCE, title=title, expires_on=expires))

    bank = documents.bank(db_session, the_community(db_session), NOW)

    assert [(each.row.title, each.standing) for each in bank] == [
        ("Over", Standing.EXPIRED),
        ("Next year", Standing.SERVES),
        ("Never", Standing.NO_END),
    ]


def test_the_day_is_that_of_the_community(db_session: Session, ana: int) -> None:
    add(ana, replace(INSURANCE, expires_on=date(2026, 11, 24)))
    still_the_24th_in_kenora = NOW.replace(day=25, hour=4)

    (kept,) = documents.bank(db_session, the_community(db_session), still_the_24th_in_kenora)

    assert kept.standing is Standing.EXPIRES_SOON


def test_it_tells_which_open_applications_use_it(db_session: Session, ana: int) -> None:
    document = add(ana)
    application = begin(ana, "proof of insurance", "insurance letter")
    with transaction() as session:
        for line in lines(session):
            line.document = document

    (kept,) = documents.bank(db_session, the_community(db_session), NOW)
    assert [use.application for use in kept.uses] == [application]

    with transaction() as session:
        applications.one(session, "kenora", application).state = "submitted"
    (kept,) = documents.bank(db_session, the_community(db_session), NOW)
    assert kept.uses == ()


def test_what_open_checklists_ask_for_and_the_bank_lacks_is_to_be_prepared(db_session: Session, ana: int) -> None:
    begin(ana, "proof of insurance", "audited statements", "budget sheet")
    assert asked(db_session) == {
        "statements": ["audited statements"],
        "insurance": ["proof of insurance"],
        "": ["budget sheet"],
    }

    add(ana)

    assert set(asked(db_session)) == {"statements", ""}


def test_a_document_that_has_expired_serves_nothing(db_session: Session, ana: int) -> None:
    begin(ana, "proof of insurance")
    add(ana, replace(INSURANCE, expires_on=date(2026, 11, 23)))

    assert asked(db_session) == {"insurance": ["proof of insurance"]}


def test_a_line_that_is_ready_or_not_needed_asks_for_nothing(db_session: Session, ana: int) -> None:
    begin(ana, "proof of insurance", "budget sheet")
    with transaction() as session:
        ready, needless = lines(session)
        ready.settled, needless.settled = "ready", "not-needed"

    assert asked(db_session) == {}


def test_a_tracked_intake_asks_for_what_can_be_kept_ready(db_session: Session, ana: int) -> None:
    present = catalogue.present(db_session)
    stream = next(
        each
        for each in present.streams.values()
        if "asset management plan" in {one.en for one in each.required_documents}
    )
    with transaction() as session:
        key = a_round(session, date(2027, 3, 1), stream.key)
        tracking.track(session, ana, key, NOW, community="kenora")

    found = asked(db_session)

    assert found["plan"] == ["asset management plan"]
    assert "" not in found
    add(ana, replace(INSURANCE, kind=DocumentKind.PLAN, expires_on=None))
    assert "plan" not in asked(db_session)


def test_who_saves_second_is_told_what_the_first_saved(db_session: Session, ana: int) -> None:
    number = add(ana)
    theirs, mine = replace(INSURANCE, title="Insurance 2026"), replace(INSURANCE, title="Insurance 2027")
    with transaction() as session:
        documents.change(session, the_community(session), number, theirs, hand(ana, 1, LATER))

    with pytest.raises(ConflictError) as fault, transaction() as session:
        documents.change(session, the_community(session), number, mine, hand(ana, 1, LATER))

    assert (fault.value.saved["title"], fault.value.version) == ("Insurance 2026", 2)
    told = tenants.all_of(db_session, EventRow, "kenora")[-1]
    assert told.details["fields"] == {"title": ["Insurance", "Insurance 2026"]}


def test_a_document_that_is_taken_out_opens_the_lines_that_named_it(db_session: Session, ana: int) -> None:
    number = add(ana)
    begin(ana, "proof of insurance")
    with transaction() as session:
        (line,) = lines(session)
        line.document, line.settled, line.settled_by, line.settled_at = number, "ready", ana, NOW

    with transaction() as session:
        opened = documents.remove(session, the_community(session), number, hand(ana, 1, LATER))

    (line,) = lines(db_session)
    assert (opened, line.document, line.settled, line.version) == (1, None, "", 2)
    assert documents.bank(db_session, the_community(db_session), NOW) == []


def test_another_community_s_document_does_not_exist(db_session: Session, ana: int) -> None:
    cleo = a_person("cleo@example.org", community="guelph")
    foreign = add(cleo, community="guelph")

    with pytest.raises(NotFoundError), transaction() as session:
        documents.change(session, the_community(session), foreign, INSURANCE, hand(ana))
    assert documents.bank(db_session, the_community(db_session), NOW) == []
