"""The pages on rules: who may open them, that a form gives back what it shows, and the way to a published rule."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from grants.app import create_app
from grants.domain.bilingual import LANGUAGES
from grants.domain.people import Role
from grants.domain.rule_lines import as_lines
from grants.domain.rules import Kind, Rule, parse, render
from grants.services import catalogue, people, rule_drafts
from grants.store import drafts
from grants.store.database import db, transaction
from grants.store.drafts import RuleDraftRow
from grants.web.rule_forms import Known, RuleForm, number_of, places_meant
from grants.web.rules import Options, Reading, choices_of
from tests.conftest import dispose, make_settings
from tests.signing_in import browser_of
from tests.web.html import parse as page_of
from tests.web.html import words

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
PASSWORD = "four plain words here"
STREAM, CAP = "otf-grow-grant", "municipal-population"
RULES, EDIT, ADD = f"/en/rules/{STREAM}", f"/en/rules/{STREAM}/{CAP}/edit", f"/en/rules/{STREAM}/add"

SignIn = Callable[..., FlaskClient]

pytestmark = pytest.mark.seeded


def entered(app: Flask, role: Role, name: str = "") -> FlaskClient:
    """Give a browser in which somebody with a role is signed in."""
    with app.app_context(), transaction() as session:
        person = people.add(session, f"{name or role}@x.example", role, NOW, name=name or role.title()).id
    return browser_of(app, person)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Sign somebody in to this test's own application."""
    return partial(entered, app)


@pytest.fixture(scope="module")
def refusing(
    sqlite_template: Callable[[bool], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """Yield an editor's browser on one application for all tests in which nothing is kept."""
    folder = tmp_path_factory.mktemp("refusing")
    path = folder / "refusing.sqlite3"
    shutil.copyfile(sqlite_template(True), path)  # noqa: FBT003
    application = create_app(make_settings(f"sqlite:///{path}", folder))
    yield entered(application, Role.EDITOR)
    with application.app_context():
        assert drafts.open_drafts(db.session()) == []
    dispose(application)


@pytest.fixture
def editor(sign_in: SignIn) -> FlaskClient:
    """A browser of an editor."""
    return sign_in(Role.EDITOR)


class Fields(HTMLParser):
    """What a browser would send of the long form of a page; quick, since one test reads a form for every rule."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._words: list[str] | None = None
        self._select: list[tuple[str, bool]] = []
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("name"):
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.sent.append((given["name"], given.get("value", "")))
        elif tag == "textarea":
            self._name, self._words = given["name"], []
        elif tag == "select":
            self._name, self._select = given["name"], []
        elif tag == "option":
            self._select.append((given["value"], "selected" in given))

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._words is not None:
            self.sent.append((self._name, "".join(self._words).removeprefix("\n").replace("\n", "\r\n")))
            self._words = None
        elif tag == "select":
            chosen = next((value for value, selected in self._select if selected), self._select[0][0])
            self.sent.append((self._name, chosen))


def filled(html: str) -> MultiDict[str, str]:
    """What a browser would send of the form of a rule, untouched."""
    fields = Fields()
    fields.feed(html[html.index('<form method="post" novalidate>') :].partition("</form>")[0])
    return MultiDict(fields.sent)


def changed(browser: FlaskClient, address: str, do: str = "save", **fields: Any) -> TestResponse:
    """Open the form of a rule, change some fields, and send it."""
    data = filled(browser.get(address).text)
    return sent(browser, address, data, do, **fields)


def sent(browser: FlaskClient, address: str, data: MultiDict[str, str], do: str, **fields: Any) -> TestResponse:
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    data["do"] = do
    return browser.post(address, data=data)


def with_lines(browser: FlaskClient, address: str, kinds: Sequence[str]) -> MultiDict[str, str]:
    """Open the form of a new rule and add lines, as a person without JavaScript does."""
    data = filled(browser.get(address).text)
    for kind in kinds:
        data = filled(sent(browser, address, data, "add", add=kind).text)
    return data


def own_draft(app: Flask) -> RuleDraftRow:
    """The only open draft."""
    with app.app_context():
        (draft,) = drafts.open_drafts(db.session())
        return draft


def rule_of(app: Flask, key: str) -> Rule:
    """A rule of the only open draft."""
    return next(rule for rule in own_draft(app).its_rules if rule.key == key)


# ------------------------------------------------------------------------------------------------------ who may

READ = ("/rules", f"/rules/{STREAM}", "/rule-drafts/1", "/rule-drafts/1/try")
WRITE = (f"/rules/{STREAM}/add", f"/rules/{STREAM}/{CAP}/edit")
POST = (
    f"/rules/{STREAM}/{CAP}/remove",
    f"/rules/{STREAM}/{CAP}/move",
    "/rule-drafts/1/propose",
    "/rule-drafts/1/withdraw",
    "/rule-drafts/1/bring-up",
)


@pytest.mark.parametrize(
    ("role", "read", "write", "publish"),
    [
        pytest.param(Role.MEMBER, 403, 403, 403, id="member"),
        pytest.param(Role.OPERATOR, 200, 403, 403, id="operator"),
        pytest.param(Role.EDITOR, 200, 200, 403, id="editor"),
        pytest.param(Role.APPROVER, 200, 200, 422, id="approver"),
    ],
)
def test_who_may_open_what(app: Flask, sign_in: SignIn, role: Role, read: int, write: int, publish: int) -> None:
    changed(sign_in(Role.EDITOR, "author"), EDIT, **{"lines-0-at_most": "25000"})
    browser = sign_in(role)
    token = page_of(browser.get("/en/account")).form("account")[1]["csrf_token"]
    for language in LANGUAGES:
        assert {browser.get(f"/{language}{each}").status_code for each in READ} == {read}
        assert {browser.get(f"/{language}{each}").status_code for each in WRITE} == {write}
    if write == 403:
        answers = [browser.post(f"/en{each}", data={"csrf_token": token}).status_code for each in POST]
        assert set(answers) == {403}
    answer = browser.post("/en/rule-drafts/1/publish", data={"csrf_token": token, "seen_draft": "1"})
    assert answer.status_code == publish, "the draft was never proposed"
    assert own_draft(app).version == 1


def test_visitors_are_asked_to_sign_in(client: FlaskClient) -> None:
    for each in (*READ, *WRITE):
        answer = client.get(f"/en{each}")
        assert (answer.status_code, (answer.location or "").partition("?")[0]) == (302, "/en/sign-in")


def test_what_is_not_there(refusing: FlaskClient) -> None:
    for each in (
        "/rules/nowhere",
        f"/rules/{STREAM}/nothing/edit",
        "/rule-drafts/9",
        f"/rule-drafts/{10**20}",
        "/rules/example-safer-streets-prevention",
    ):
        assert refusing.get(f"/en{each}").status_code == 404


# --------------------------------------------------------------------------------------------------- round trips


def test_every_real_rule_that_lines_can_show_comes_back_the_same(app: Flask) -> None:
    """Draw the form of each real rule, send it as a browser does, and read the rule from it."""
    app.config["WTF_CSRF_ENABLED"] = False
    shown = 0
    with app.test_request_context("/en/"):
        present = catalogue.present(db.session())
        known = Known(present.facts, present.gazetteer, present.communities)
        shared = {
            "options": Options(known),
            "choices": choices_of(known),
            "most_lines": 20,
            "problems": [],
            "errors": {},
            "made": None,
            "fault": "",
            "kept": "",
            "stands": None,
        }
        for stream in present.streams.values():
            reading = Reading(stream.key)
            for rule in stream.rules:
                form = RuleForm.of(rule, known)
                html = render_template("rules/edit.html", reading=reading, rule=rule, form=form, **shared)
                data = filled(html)
                with app.test_request_context("/en/", method="POST", data=data):
                    again = RuleForm.of(rule, known)
                    assert again.validate(), (stream.key, rule.key, again.errors)
                    test, facts = again.test_and_facts()
                    assert again.rule(rule.key, test) == rule
                    assert facts == ()
                shown += as_lines(rule.test) is not None
    assert shown > 1_300


def test_keeping_an_untouched_form_changes_nothing(refusing: FlaskClient) -> None:
    assert changed(refusing, EDIT).location == RULES


def test_a_rule_too_deep_for_the_form_keeps_its_test(app: Flask, editor: FlaskClient) -> None:
    stream, key = "chif-direct-delivery", "development-charges"
    address = f"/en/rules/{stream}/{key}/edit"
    page = page_of(editor.get(address))
    assert "deeper than the form can show" in words(page.all("main")[0])
    with app.app_context():
        before = next(rule for rule in catalogue.present(db.session()).streams[stream].rules if rule.key == key)
    changed(editor, address, kind="preferred")
    after = rule_of(app, key)
    assert (after.test, after.kind) == (before.test, Kind.PREFERRED)


# ------------------------------------------------------------------------------------------------------- filling in


def test_a_rule_is_built_line_by_line(app: Flask, editor: FlaskClient) -> None:
    data = with_lines(editor, ADD, ["population", "place", "partner", "ask"])
    answer = sent(
        editor,
        ADD,
        data,
        "save",
        binds="only",
        bound=["first-nation"],
        join="any",
        basis="eligibility_notes: small or northern",
        **{
            "lines-0-at_most": "19 999",
            "lines-1-places": ["northern-ontario"],
            "lines-1-place_name": "simcoe county",
            "lines-1-negated": "y",
            "lines-2-with_above": "y",
            "lines-2-classes": ["charity", "library"],
            "lines-2-count": "2",
            "lines-3-question_en": "Is it needed?",
            "lines-3-question_fr": "Est-ce nécessaire?",
        },
    )
    assert answer.location == RULES, answer.text
    rule = own_draft(app).its_rules[-1]
    assert render(rule.test) == {
        "if": {"applicant": ["first-nation"]},
        "then": {
            "any": [
                {"population": {"max": 19_999}},
                {
                    "all": [
                        {"not": {"place": ["northern-ontario", "in:simcoe-county"]}},
                        {"partner": {"of": ["charity", "library"], "count": 2}},
                    ]
                },
                {"ask": {"en": "Is it needed?", "fr": "Est-ce nécessaire?"}},
            ]
        },
    }
    assert (rule.wording, rule.basis) == (None, "eligibility_notes: small or northern")


def test_a_new_statement_is_defined_with_the_rule(app: Flask, editor: FlaskClient) -> None:
    data = with_lines(editor, ADD, ["new-fact"])
    fields = {
        "lines-0-statement_en": "The applicant owns a lighthouse.",
        "lines-0-statement_fr": "Le demandeur est propriétaire d’un phare.",
        "lines-0-question_en": "Does the applicant own a lighthouse?",
        "lines-0-question_fr": "Le demandeur est-il propriétaire d’un phare?",
        "lines-0-subject": "applicant",
        "lines-0-fact_kind": "asset",
    }
    assert sent(editor, ADD, data, "save", basis="notes", **fields).status_code == 302
    draft = own_draft(app)
    (fact,) = draft.its_facts
    assert (fact.key, fact.changeable) == ("the-applicant-owns-a-lighthouse", True)
    assert render(draft.its_rules[-1].test) == {"fact": fact.key}
    again = page_of(editor.get(f"/en/rules/{STREAM}/{draft.its_rules[-1].key}/edit"))
    assert "The applicant owns a lighthouse." in words(again.all("main")[0])


def test_lines_are_taken_away_and_the_rest_stays(refusing: FlaskClient) -> None:
    data = with_lines(refusing, ADD, ["population", "ask"])
    left = filled(sent(refusing, ADD, data, "remove-0", basis="kept", **{"lines-1-question_en": "Still here?"}).text)
    assert [left["lines-0-asks"], left["lines-0-question_en"], left["basis"]] == ["ask", "Still here?", "kept"]
    assert "lines-1-asks" not in left


def test_the_sentence_is_shown_before_it_is_kept(refusing: FlaskClient) -> None:
    answer = changed(refusing, EDIT, "show", wording_en="", wording_fr="", **{"lines-0-at_most": "25000"})
    assert "For municipalities only: The population is 25,000 or less." in answer.text


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        pytest.param("population", {}, "lines-0-at_least", id="no limit"),
        pytest.param("population", {"lines-0-at_most": "few"}, "lines-0-at_most", id="no number"),
        pytest.param(
            "population", {"lines-0-at_least": "9", "lines-0-at_most": "8"}, "lines-0-at_most", id="limits crossed"
        ),
        pytest.param("population", {"lines-0-at_most": "9" * 400}, "lines-0-at_most", id="a number without end"),
        pytest.param("place", {}, "lines-0-places", id="no place"),
        pytest.param("place", {"lines-0-place_name": "Atlantis"}, "lines-0-places", id="no such place"),
        pytest.param("place", {"lines-0-place_name": "Hamilton"}, "lines-0-places", id="two of one name"),
        pytest.param("place", {"lines-0-places": ["in:atlantis"]}, "lines-0-places", id="a forged place"),
        pytest.param("applicant", {}, "lines-0-classes", id="nobody"),
        pytest.param("applicant", {"lines-0-classes": ["martian"]}, "lines-0-classes", id="a forged class"),
        pytest.param("partner", {"lines-0-count": "0"}, "lines-0-count", id="no partner"),
        pytest.param("fact", {}, "lines-0-fact", id="no statement"),
        pytest.param("ask", {"lines-0-question_en": "Why?"}, "lines-0-question_fr", id="one language"),
        pytest.param("new-fact", {"lines-0-subject": "nobody"}, "lines-0-subject", id="a forged subject"),
        pytest.param("unstated", {"basis": " "}, "basis", id="no basis"),
        pytest.param("unstated", {"wording_en": "Half."}, "wording_fr", id="half a sentence"),
        pytest.param("unstated", {"wording_fr": "Moitié."}, "wording_en", id="the other half"),
        pytest.param("unstated", {"kind": "odd"}, "kind", id="a forged kind"),
        pytest.param("unstated", {"binds": "only"}, "bound", id="only nobody"),
        pytest.param("unstated", {"lines-0-asks": "odd"}, "lines-0-asks", id="a forged line"),
        pytest.param("unstated", {"basis": "long " * 500}, "basis", id="without end"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(
    refusing: FlaskClient, kind: str, fields: dict[str, Any], wrong: str
) -> None:
    data = with_lines(refusing, ADD, [kind])
    answer = sent(refusing, ADD, data, "save", **{"basis": "where it was read", **fields})
    page = page_of(answer)
    assert answer.status_code == 422
    assert page.faults() == []
    assert f"#{wrong}" in [address for address, _words in page.links()]
    left = filled(answer.text)
    for name, value in fields.items():
        if name not in {"kind", "lines-0-asks", "lines-0-subject"} and value not in (["in:atlantis"], ["martian"]):
            assert left[name].replace("\r\n", "\n") == value


def test_a_rule_needs_a_line(refusing: FlaskClient) -> None:
    answer = changed(refusing, ADD, basis="notes")
    assert answer.status_code == 422
    assert "Add at least one line" in answer.text


def test_places_of_one_name_are_offered_to_be_ticked(app: Flask, editor: FlaskClient) -> None:
    data = with_lines(editor, ADD, ["place"])
    refused = sent(editor, ADD, data, "save", basis="notes", **{"lines-0-place_name": "Hamilton"})
    page = page_of(refused)
    offered = [each.get("value") for each in page.all("input") if each.get("name") == "lines-0-places"]
    assert "in:hamilton" in offered
    answer = sent(
        editor, ADD, filled(refused.text), "save", **{"lines-0-places": ["in:hamilton"], "lines-0-place_name": ""}
    )
    assert answer.status_code == 302
    assert render(own_draft(app).its_rules[-1].test) == {"place": ["in:hamilton"]}


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Ontario", ["ontario"]),
        ("nord de l'ontario", ["northern-ontario"]),
        ("Kenora District", ["district:kenora"]),
        ("PEEL REGION, TORONTO AND YORK REGION", ["region:peel-toronto-york"]),
        ("   ", []),
        ("zzzzzzz", []),
    ],
)
def test_places_by_name(catalogue_app: Flask, typed: str, codes: list[str]) -> None:
    with catalogue_app.app_context():
        present = catalogue.present(db.session())
    assert places_meant(typed, Known(present.facts, present.gazetteer, present.communities)) == codes


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("20000", 20_000),
        ("20,000", 20_000),
        ("20\u00a0000", 20_000),
        ("1 234 567", 1_234_567),
        ("0", 0),
        ("20.5", None),
        ("2,00", None),
        ("", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_numbers_as_people_write_them(typed: str, number: int | None) -> None:
    assert number_of(typed) == number


# ------------------------------------------------------------------------------------------------ to the published


def post(browser: FlaskClient, page: str, action: str, **fields: str) -> TestResponse:
    """Press a button of a page."""
    address, given = page_of(browser.get(page)).form(action)
    return browser.post(address, data={**given, **fields})


def test_from_a_change_to_a_verdict(app: Flask, sign_in: SignIn, client: FlaskClient) -> None:
    editor, approver = sign_in(Role.EDITOR), sign_in(Role.APPROVER)
    assert changed(editor, EDIT, wording_en="", wording_fr="", **{"lines-0-at_most": "25000"}).location == RULES
    assert "This is your draft" in editor.get(RULES).text
    assert "25,000" not in approver.get(RULES).text
    assert "25,000" not in client.get(f"/en/programs/{catalogue_program(app)}").text
    assert post(editor, "/en/rule-drafts/1", "propose").location == "/en/rule-drafts/1"
    assert "publish" not in [
        each.get("action", "").rpartition("/")[2] for each in page_of(editor.get("/en/rule-drafts/1")).all("form")
    ]
    assert post(approver, "/en/rule-drafts/1", "publish").location == "/en/rule-drafts/1"
    assert (
        "For municipalities only: The population is 25,000 or less."
        in client.get(f"/en/programs/{catalogue_program(app)}").text
    )


def catalogue_program(app: Flask) -> str:
    with app.app_context():
        return catalogue.present(db.session()).program_of[STREAM].key


def test_ones_own_proposal_is_refused(app: Flask, sign_in: SignIn) -> None:
    approver = sign_in(Role.APPROVER)
    changed(approver, EDIT, **{"lines-0-at_most": "25000"})
    post(approver, "/en/rule-drafts/1", "propose")
    token = page_of(approver.get("/en/rule-drafts/1")).form("withdraw")[1]["csrf_token"]
    answer = approver.post("/en/rule-drafts/1/publish", data={"csrf_token": token, "seen_draft": "2"})
    assert answer.status_code == 422
    assert "You cannot approve your own draft" in answer.text
    assert own_draft(app).state == "proposed"


def test_two_windows_keep_both(app: Flask, editor: FlaskClient) -> None:
    first, second = (filled(editor.get(EDIT).text) for _ in range(2))
    assert sent(editor, EDIT, first, "save", **{"lines-0-at_most": "25000"}).status_code == 302
    answer = sent(editor, EDIT, second, "save", **{"lines-0-at_most": "30000", "basis": "typed in the second window"})
    assert answer.status_code == 409
    assert rule_of(app, CAP).test == parse(
        {"if": {"applicant": ["municipality"]}, "then": {"population": {"max": 25_000}}}
    )
    kept = filled(answer.text)
    assert (kept["lines-0-at_most"], kept["basis"]) == ("30000", "typed in the second window")
    assert sent(editor, EDIT, kept, "save").status_code == 302
    assert rule_of(app, CAP).basis == "typed in the second window"


def test_what_was_published_meanwhile_is_shown_and_kept(app: Flask, sign_in: SignIn) -> None:
    one, two, approver = sign_in(Role.EDITOR, "one"), sign_in(Role.EDITOR, "two"), sign_in(Role.APPROVER)
    changed(one, EDIT, basis="read by one")
    changed(two, EDIT, basis="read by two")
    changed(two, f"/en/rules/{STREAM}/applicants/edit", basis="only two")
    for browser, number in ((one, 1), (two, 2)):
        post(browser, f"/en/rule-drafts/{number}", "propose")
    post(approver, "/en/rule-drafts/1", "publish")
    page = page_of(two.get("/en/rule-drafts/2"))
    said = words(page.all("main")[0])
    assert "read by one" in said
    assert "read by two" in said
    assert f"Changed by both: {CAP}." in said
    assert page.faults() == []
    post(two, "/en/rule-drafts/2", "bring-up")
    with app.app_context():
        draft = rule_drafts.get(db.session(), 2)
        assert {rule.key: rule.basis for rule in draft.its_rules}.items() >= {
            CAP: "read by two",
            "applicants": "only two",
        }.items()
        assert {rule.key: rule.basis for rule in draft.its_base}[CAP] == "read by one"


def test_the_order_changes_and_a_rule_goes(app: Flask, editor: FlaskClient) -> None:
    post(editor, RULES, f"{CAP}/move", to="up")
    post(editor, RULES, "/place/remove")
    keys = [rule.key for rule in own_draft(app).its_rules]
    assert keys[0] == CAP
    assert "place" not in keys
    assert "Taken out in your draft" in editor.get(RULES).text


# --------------------------------------------------------------------------------------------------------- trying


def test_a_draft_is_tried_on_made_up_and_on_real_communities(editor: FlaskClient) -> None:
    changed(editor, EDIT, wording_en="", wording_fr="", **{"lines-0-at_most": "25000"})
    address = "/en/rule-drafts/1/try?kind=single-tier&people=22,000&north=south&rural=&place=Simcoe+County"
    page = page_of(editor.get(address))
    said = words(page.all("main")[0])
    for name in ("Made-up northern town", "Made-up rural township", "Made-up large city", "Made-up First Nation"):
        assert name in said
    judged = page.by_id("judged")
    assert judged is not None
    assert words(judged) == "A single-tier municipality, 22,000 people, in the south"
    assert "Changed in the draft: For municipalities only: The population is 25,000 or less." in said
    assert "Of 444 municipalities, 21 would get another verdict. Of 129 First Nations, 0 would." in said


def test_no_first_nation_is_named(app: Flask, editor: FlaskClient) -> None:
    changed(editor, f"/en/rules/{STREAM}/applicants/edit", "save", **{"lines-0-classes": ["municipality"]})
    with app.app_context():
        nations = [each for each in catalogue.present(db.session()).communities.values() if each.kind == "first-nation"]
    for address in ("/en/rule-drafts/1", "/en/rule-drafts/1/try"):
        page = page_of(editor.get(address))
        for table in page.all("table"):
            assert not [each.name for each in nations if each.name in words(table)]
            assert not [href for each in table.iter("a") if "/communities/fn-" in (href := each.get("href", ""))]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [("kind=odd", "#kind"), ("kind=single-tier&people=many", "#people"), ("kind=single-tier&place=Atlantis", "#place")],
)
def test_a_made_up_community_that_cannot_be(editor: FlaskClient, query: str, wrong: str) -> None:
    changed(editor, EDIT, basis="again")
    page = page_of(editor.get(f"/en/rule-drafts/1/try?{query}"))
    assert wrong in [address for address, _words in page.links()]
    assert page.faults() == []


# ------------------------------------------------------------------------------------------------------ every page


def test_every_page_is_valid_in_both_languages(sign_in: SignIn) -> None:
    editor, approver = sign_in(Role.EDITOR), sign_in(Role.APPROVER)
    changed(editor, EDIT, **{"lines-0-at_most": "25000"})
    post(editor, RULES, "/place/remove")
    kinds = ["applicant", "unstated", "place", "population", "partner", "fact", "new-fact", "ask"]
    pages = {
        "/rules": editor, "/rules?q=grow": editor, "/rules?q=zzzz&page=7": editor, f"/rules/{STREAM}": editor,
        f"/rules/{STREAM}/{CAP}/edit": editor, f"/rules/{STREAM}/add": editor, "/rule-drafts/1": editor,
        "/rule-drafts/1/try?kind=lower-tier&people=9": editor, "/rules/chif-direct-delivery/development-charges/edit": editor,
    }  # fmt: skip
    faults = []
    for language in LANGUAGES:
        for address, browser in pages.items():
            answer = browser.get(f"/{language}{address}")
            assert answer.status_code == 200, address
            faults += [f"{language}{address}: {each}" for each in page_of(answer).faults()]
        form = f"/{language}/rules/{STREAM}/add"
        data = with_lines(editor, form, kinds)
        faults += [
            f"{language} all kinds of line: {each}" for each in page_of(sent(editor, form, data, "save")).faults()
        ]
    post(editor, "/en/rule-drafts/1", "propose")
    faults += [f"proposed: {each}" for each in page_of(approver.get("/en/rule-drafts/1")).faults()]
    assert faults == []
