"""Staff change the vocabulary: what was typed is read back, faults are sentences, nobody's edit is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.domain.vocabulary import Concept
from grants.services import catalogue, people, vocabulary
from grants.services.vocabulary import ConflictError, MisfitNowError, read_typed, typed_of
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.vocabulary import ConceptRow

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.fixture
def editor(db_session: Session) -> PersonRow:
    """A member of staff who edits."""
    del db_session
    with transaction() as session:
        return people.add(session, "editor@example.org", Role.EDITOR, NOW, name="Ana Editor")


@pytest.fixture
def concept(db_session: Session) -> Callable[[str], Concept]:
    """Give a concept as it stands."""
    return lambda key: catalogue.present(db_session).concepts[key]


def with_wording(concept: Concept, wording: str) -> Concept:
    return replace(concept, wordings_en=(*concept.wordings_en, wording))


def keep(concept: Concept, editor: PersonRow, version: int = 1) -> bool:
    with transaction() as session:
        return vocabulary.save(session, concept, editor, NOW, seen_version=version)


def test_every_concept_comes_back_as_it_was_typed(db_session: Session) -> None:
    concepts = catalogue.present(db_session).concepts
    changed = [each.key for each in concepts.values() if read_typed(typed_of(each), each, concepts) != (each, [])]
    assert changed == []


def test_an_edit_is_kept_with_who_and_when_and_followed_at_once(
    db_session: Session, editor: PersonRow, concept: Callable[[str], Concept]
) -> None:
    before = catalogue.present(db_session)
    made = with_wording(concept("homelessness"), "people sleeping rough by the tracks")
    assert keep(made, editor)
    after = catalogue.present(db_session)
    assert after.revision != before.revision
    assert after.concepts["homelessness"] == made
    row = db_session.get_one(ConceptRow, "homelessness")
    assert (row.version, row.modified_at) == (2, NOW)
    (edit,) = vocabulary.history(db_session, "homelessness")
    assert (edit.name, edit.at) == ("Ana Editor", NOW)
    assert [(each.field, each.came, each.went) for each in edit.differences] == [
        ("wordings_en", ("people sleeping rough by the tracks",), ())
    ]


def test_an_edit_survives_a_later_load_of_the_seeds(
    runner: FlaskCliRunner, db_session: Session, editor: PersonRow, concept: Callable[[str], Concept]
) -> None:
    made = with_wording(concept("homelessness"), "people sleeping rough by the tracks")
    assert keep(made, editor)
    result = runner.invoke(args=["seed"])
    assert result.exit_code == 0, result.output
    db_session.expire_all()
    assert concept("homelessness") == made
    assert db_session.get_one(ConceptRow, "homelessness").version == 2


def test_what_is_not_different_is_not_saved(
    db_session: Session, editor: PersonRow, concept: Callable[[str], Concept]
) -> None:
    revision = catalogue.present(db_session).revision
    assert not keep(concept("homelessness"), editor)
    assert catalogue.present(db_session).revision == revision
    assert vocabulary.history(db_session, "homelessness") == []


def test_of_two_who_edit_one_concept_the_second_is_told(
    db_session: Session, editor: PersonRow, concept: Callable[[str], Concept]
) -> None:
    mine, theirs = (with_wording(concept("homelessness"), each) for each in ("my wording", "their wording"))
    assert keep(theirs, editor, version=1)
    with pytest.raises(ConflictError) as told:
        keep(mine, editor, version=1)
    assert told.value.saved.concept == theirs
    assert (told.value.saved.version, told.value.saved.name) == (2, "Ana Editor")
    assert concept("homelessness") == theirs
    assert len(vocabulary.history(db_session, "homelessness")) == 1


def test_two_edits_that_fit_alone_may_not_make_a_circle_together(
    editor: PersonRow, concept: Callable[[str], Concept]
) -> None:
    """Each was checked on a page before the other was saved; the write unit checks again."""
    one, other = concept("food-security"), concept("homelessness")
    assert keep(replace(one, broader=(*one.broader, "homelessness")), editor)
    with pytest.raises(MisfitNowError) as told:
        keep(replace(other, broader=(*other.broader, "food-security")), editor)
    assert told.value.problem.field == "broader"
    assert concept("homelessness") == other


FAULTS: list[tuple[str, dict[str, str], str, str]] = [
    ("a circle", {"broader": "encampments"}, "broader", "stands under"),
    ("itself", {"broader": "homelessness"}, "broader", "cannot be broader than itself"),
    ("a dangling link", {"broader": "no such thing"}, "broader", "There is no concept “no such thing”"),
    ("a dangling relation", {"related": "no such thing: 50"}, "related", "There is no concept “no such thing”"),
    ("no closeness", {"related": "poverty"}, "related", "“poverty” is not read"),
    ("not a number", {"related": "poverty: nan"}, "related", "is not read"),
    ("too close", {"related": "poverty: 150"}, "related", "above 0 and at most 100"),
    ("not close at all", {"related": "poverty: 0"}, "related", "above 0 and at most 100"),
    ("one relation twice", {"related": "poverty: 50\npoverty: 60"}, "related", "stands there twice"),
    ("related to itself", {"related": "homelessness: 50"}, "related", "take this line out"),
    ("no name", {"label_fr": "  "}, "label_fr", "Type a name"),
    ("a long name", {"label_en": "x" * 500}, "label_en", "is longer than 200 characters"),
    ("a long wording", {"wordings_fr": "x" * 500}, "wordings_fr", "is longer than 200 characters"),
    ("a wording without words", {"wordings_en": "of the"}, "wordings_en", "can never be found"),
    ("a control character", {"wordings_en": "sleeping\0 rough"}, "wordings_en", "cannot be shown"),
    ("too many wordings", {"wordings_en": "\n".join(f"word{n}" for n in range(2_001))}, "wordings_en", "2001 lines"),
]


@pytest.mark.parametrize(("change", "field", "sentence"), [pytest.param(*each[1:], id=each[0]) for each in FAULTS])
def test_a_fault_is_told_in_a_sentence_of_both_languages(
    db_session: Session, change: dict[str, str], field: str, sentence: str
) -> None:
    concepts = dict(catalogue.present(db_session).concepts)
    # the circle needs something below it
    concepts["encampments"] = Concept("encampments", "Encampments", "Campements", "topic", broader=("homelessness",))
    concept = concepts["homelessness"]
    _made, problems = read_typed(replace(typed_of(concept), **change), concept, concepts)
    assert [each.field for each in problems] == [field]
    assert sentence in problems[0].words.en
    assert problems[0].words.fr != problems[0].words.en


def test_links_may_be_typed_by_name_in_either_language(db_session: Session) -> None:
    concepts = catalogue.present(db_session).concepts
    concept, poverty = concepts["homelessness"], concepts["poverty"]
    for name in (poverty.key, poverty.label_en.upper(), poverty.label_fr):
        typed = replace(typed_of(concept), related=f"{name}: 12,5 %")
        made, problems = read_typed(typed, concept, concepts)
        assert problems == []
        assert made.related == (("poverty", 0.125),)


def test_a_preview_shows_what_would_move_and_changes_nothing(db_session: Session) -> None:
    present = catalogue.present(db_session)
    concept = present.concepts["homelessness"]
    bare = replace(concept, wordings_en=(), wordings_fr=(), label_en="Nothing said", label_fr="Rien de dit", related=())
    found = vocabulary.preview(present, bare)
    assert found.tried == sum(
        len(plan.priorities) for plan in present.plans.values() if plan.community_type != "first-nation"
    )
    assert any("omeless" in change.priority.title for change in found.changes)
    for change in found.changes:
        assert change.moves > 0
        assert len(change.before) <= vocabulary.TOP
        kept = {each.program.key for each in change.after if each.was is not None}
        assert kept | {program.key for program, _ in change.left} == {each.key for each in change.before}
    assert catalogue.present(db_session) is present
    assert vocabulary.preview(present, concept) == vocabulary.Preview(found.tried, (), 0)


def test_a_preview_shows_no_plan_of_a_first_nation(db_session: Session) -> None:
    present = catalogue.present(db_session)
    concept = present.concepts["indigenous-culture"]
    found = vocabulary.preview(present, replace(concept, wordings_en=(), label_en="Nothing said", related=()))
    theirs = {plan.key for plan in present.plans.values() if plan.community_type == "first-nation"}
    assert not theirs & {change.plan.key for change in found.changes}
    assert found.apart is None or found.apart >= vocabulary.FEWEST


def test_the_list_counts_and_finds(db_session: Session) -> None:
    found = vocabulary.entries(catalogue.present(db_session))
    by_key = {each.concept.key: each for each in found}
    assert (by_key["homelessness"].streams or 0) > 10
    assert by_key["community"].streams is None
    assert by_key["risk-alc-abuse"].streams is None
    homeless = vocabulary.wanted(found, "sans-abri", None)
    assert "homelessness" in {each.concept.key for each in homeless}
    assert {each.concept.kind for each in vocabulary.wanted(found, "", "sector")} == {"sector"}
    assert vocabulary.wanted(found, "zzzz", None) == []
