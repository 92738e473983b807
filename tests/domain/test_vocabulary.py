"""The vocabulary: records that round-trip, faults that are named, wordings found in text, and what serves what."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from grants.domain.text import Gap, words
from grants.domain.vocabulary import BROADER, MATCHED_KINDS, NARROWER, ORDINARY, WEAK, Concept, Vocabulary
from grants.store.seed_files import read_vocabulary

VOCABULARY = Vocabulary(read_vocabulary(ROOT / "seeds"))


def record(key: str, **more: object) -> dict[str, Any]:
    return {"key": key, "kind": "topic", "label_en": key, "label_fr": key, **more}


def named(text: str, vocabulary: Vocabulary = VOCABULARY) -> list[str]:
    return [key for mention in vocabulary.mentions(words(text), typos=True) for key in mention.concepts]


# ------------------------------------------------------------------------------------------------------- the records


def test_records_round_trip() -> None:
    records = VOCABULARY.to_records()
    assert Vocabulary.from_records(records) == VOCABULARY
    assert Vocabulary.from_records(records).to_records() == records


@pytest.mark.parametrize(
    ("records", "message"),
    [
        pytest.param([record("a"), record("a")], "two concepts share the key a", id="one key twice"),
        pytest.param([record("a", broader=["b"])], "a points at b, which is no concept", id="broader than nothing"),
        pytest.param([record("a", related={"b": 0.5})], "a points at b, which is no concept", id="related to nothing"),
        pytest.param([record("a", related={"a": 1.5})], "a is related to a by 1.5", id="closer than itself"),
        pytest.param(
            [record("a", broader=["b"]), record("b", broader=["a"])], "a is broader than itself", id="a circle"
        ),
        pytest.param(
            [record("c", broader=["a"]), record("a", broader=["b"]), record("b", broader=["a"])],
            "a is broader than itself",
            id="a circle above another concept, met first",
        ),
    ],
)
def test_a_faulty_record_is_named(records: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary.from_records(records)


@pytest.mark.parametrize("concept", VOCABULARY.concepts, ids=lambda concept: concept.key)
def test_every_seed_concept_is_whole(concept: Concept) -> None:
    assert concept.label_en.strip()
    assert concept.label_fr.strip()
    assert concept.evidence in ("own", "seen", "recalled")
    assert concept.source
    if concept.kind not in (*MATCHED_KINDS, ORDINARY):
        assert any(VOCABULARY.by_key[key].kind in MATCHED_KINDS for key in concept.broader)
    for phrase in concept.phrases:
        assert words(phrase) or concept.kind == ORDINARY
        assert phrase == phrase.strip()


def test_no_seed_wording_shrinks_to_a_word_that_means_something_else() -> None:
    """A wording of several words keeps more than one without its stop words: "at risk" would be read as "risk"."""
    shrunk = [
        phrase
        for concept in VOCABULARY.matched
        for phrase in concept.phrases
        if len(words(phrase)) == 1 and len(phrase.removeprefix(WEAK).replace("’", "'").split("'")[-1].split()) > 1
    ]
    assert shrunk == []


# ------------------------------------------------------------------------------------------------------ what is found


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        pytest.param("Food Security", ["food-security"], id="security in food security is not policing"),
        pytest.param("financial security", ["income-security"], id="nor in financial security"),
        pytest.param("housing security", ["housing-homelessness"], id="nor in housing security"),
        pytest.param("sécurité alimentaire", ["food-security"], id="nor in French"),
        pytest.param("discrimination", ["discrimination"], id="crim in discrimination is not crime"),
        pytest.param("access to affordable housing", ["service-access", "affordable-housing"], id="access to housing"),
        pytest.param("addictons", ["substance-use"], id="typing error in addictions"),
        pytest.param("mentl helth", ["mental-health"], id="an error in each word of a wording"),
        pytest.param("mentalhealth", ["mental-health"], id="a space forgotten"),
        pytest.param("food insecurty", ["food-security"], id="a repaired word still completes its wording"),
        pytest.param("sans-abrisme", ["homelessness"], id="French sans-abrisme"),
        pytest.param("personnes agées", ["seniors"], id="an accent forgotten"),
        pytest.param("Recovering Language, Historical Memory", ["indigenous-culture"] * 2, id="First Nation title"),
        pytest.param("off-reserve members", ["urban-indigenous"], id="off-reserve members"),
        pytest.param("gun and gang violence", ["gun-gang-violence"], id="and inside one idea"),
        pytest.param(
            "poverty and income security", ["poverty", "income-security"], id="the split that leaves no word over"
        ),
        pytest.param("mental health, addictions", ["mental-health", "substance-use"], id="never over a comma"),
        pytest.param("truancy", ["education"], id="a variant of a risk factor names its topic"),
        pytest.param("Horses and hockey", [], id="ordinary words are no typing errors of others"),
        pytest.param("LHIN", [], id="nor are acronyms"),
        pytest.param("Ωμέγα 日本 🙂", [], id="other scripts"),
    ],
)
def test_wordings_are_found(text: str, concepts: list[str]) -> None:
    assert named(text) == concepts


def test_a_repaired_word_is_less_sure() -> None:
    (exact,) = VOCABULARY.mentions(words("homelessness"), typos=True)
    (repaired,) = VOCABULARY.mentions(words("homlessness"), typos=True)
    assert exact.sureness == 1
    assert 0.8 < repaired.sureness < 1


def test_without_typos_only_what_is_written_is_found() -> None:
    assert VOCABULARY.mentions(words("homlessness")) == ()


def test_a_mistyped_and_parts_what_it_joins() -> None:
    kept = VOCABULARY.tidied(words("poverty nad homelessness"))
    assert [(word.form, word.gap) for word in kept] == [("poverty", Gap.NONE), ("homelessness", Gap.JOINED)]


def test_of_a_french_doublet_one_word_is_kept() -> None:
    kept = VOCABULARY.tidied(words("étudiantes et étudiants internationaux"))
    assert [(word.form, word.gap) for word in kept] == [("etudiants", Gap.NONE), ("internationaux", Gap.NONE)]


def test_a_wording_that_may_be_said_in_passing_is_weak() -> None:
    (mention,) = VOCABULARY.mentions(words("partnership"))
    assert mention.weak
    (mention,) = VOCABULARY.mentions(words("service integration"))
    assert not mention.weak


@given(st.text(max_size=300))
def test_mentions_of_any_text_lie_side_by_side(text: str) -> None:
    parts = words(text)
    found = VOCABULARY.mentions(parts, typos=True)
    assert all(0 <= mention.start < mention.end <= len(parts) for mention in found)
    assert all(0 < mention.sureness <= 1 for mention in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


# --------------------------------------------------------------------------------------------------- what serves what

TREE = Vocabulary.from_records(
    [
        record("housing", related={"income": 0.3}),
        record("shelter", broader=["housing"]),
        record("cot", broader=["shelter"]),
        record("income"),
        record("wage", broader=["income"]),
        record("shelter-risk", kind="risk-factor", broader=["shelter"]),
    ]
)


def test_a_concept_serves_itself_its_narrower_and_what_it_is_related_to() -> None:
    assert TREE.serves("housing") == {
        "housing": 1.0,
        "shelter": NARROWER,
        "cot": NARROWER**2,
        "income": 0.3,
        "wage": 0.3 * NARROWER,
    }


def test_a_broader_program_serves_a_narrower_priority_less() -> None:
    assert TREE.serves("cot") == {"cot": 1.0, "shelter": BROADER, "housing": BROADER**2}


def test_reference_lists_are_not_matched() -> None:
    assert "shelter-risk" not in {concept.key for concept in TREE.matched}
