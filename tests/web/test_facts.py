"""The questions of a community: who sees and keeps answers, what visitors carry in the address, verdicts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from config import Environment
from grants import clock
from grants.app import create_app
from grants.domain.people import Role
from grants.services import catalogue, people, statements
from grants.services.practice import KINDS
from grants.store.database import db, transaction
from grants.store.people import by_email
from grants.store.statements import StatementRow
from grants.web.facts import MOST_ANSWERS
from tests.conftest import dispose, make_settings
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded

KENORA, FACTS = "/en/communities/kenora", "/en/communities/kenora/facts"
RURAL, BOARD = "fact:rural-by-own-word", "partner:school-board"
RURAL_PROGRAM = "/en/programs/rural-economic-development?community=kenora"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return a development copy with the real catalogue, in which anybody may sign in."""
    application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
    yield application
    dispose(application)


@pytest.fixture
def browser(app: Flask) -> Callable[[str], FlaskClient]:
    """Open a browser in which a kind of development person is signed in; the lead and the writer are Kenora's."""

    def open_one(kind: str) -> FlaskClient:
        client = app.test_client()
        address, fields = parse(client.get("/en/sign-in")).form(f"development/{kind}")
        client.post(address, data=fields)
        return client

    return open_one


def kept(app: Flask) -> int:
    with app.app_context():
        return db.session().scalar(select(func.count()).select_from(StatementRow)) or 0


def answers(client: FlaskClient, address: str = FACTS) -> dict[str, str]:
    """Give the answers that the form shows."""
    return {
        each.get("name", ""): each.get("value", "")
        for each in parse(client.get(address)).all("input")
        if each.get("type") == "radio" and each.get("checked") is not None and each.get("value")
    }


def save(client: FlaskClient, **changes: str) -> Page:
    """Send the lead's form with some answers and give the page that follows; ``_`` in a name stands for its kind."""
    page = parse(client.get(FACTS))
    action, fields = page.form("/facts")
    seen = [each.get("value", "") for each in page.all("input") if each.get("name") == "seen"]
    data = {"csrf_token": fields["csrf_token"], **answers(client), "seen": seen, **changes}
    return parse(client.post(action, data=data, follow_redirects=True))


def marks(client: FlaskClient, address: str) -> list[str]:
    """Give the verdicts that a page shows, in order."""
    page = parse(client.get(address))
    return [words(each) for each in page.all("span") if each.get("class", "").startswith("mark ")]


def verdict(client: FlaskClient, address: str) -> str:
    """Give the verdict that a program's page begins with."""
    return marks(client, address)[0]


def state(app: Flask, key: str, *, holds: bool) -> None:
    """State something as another lead of Kenora."""
    with app.app_context(), transaction() as session:
        other = people.add(session, "ana@x.example", Role.LEAD, clock.now(), community="kenora", name="Ana Roy")
        present = catalogue.present(db.session())
        statements.state(session, present, "kenora", key, holds=holds, by=other.id, now=clock.now())


class TestALead:
    """Who leads the plan keeps answers for all members."""

    def test_an_answer_changes_verdicts_at_once(self, app: Flask, browser: Callable[[str], FlaskClient]) -> None:
        lead = browser("lead")
        assert verdict(lead, RURAL_PROGRAM) == "Need to know"
        page = save(lead, **{RURAL: "no"})
        assert "One answer was changed. The verdict on" in page.text("main")
        assert kept(app) == 1
        assert verdict(lead, RURAL_PROGRAM) == "Does not fit"
        assert answers(lead) == {RURAL: "no"}
        assert "No, said" in page.text("form")
        shown = parse(lead.get(KENORA)).text("main")
        assert "Judged with one answer that members of Kenora gave." in shown
        assert "Would you describe your community as rural?" not in shown

    def test_the_lists_follow_it_too(self, browser: Callable[[str], FlaskClient]) -> None:
        lead = browser("lead")
        counts = {}
        for given in (False, True):
            if given:
                save(lead, **{RURAL: "yes"})
            found = parse(lead.get("/en/programs?community=kenora&fit=unknown"))
            fit = next(words(each) for each in found.all("h2") if each.get("id") == "found")
            listed = parse(lead.get(f"{KENORA}/programs?verdict=unknown")).text("h2")
            counts[given] = (fit, listed)
        assert counts[True][0] != counts[False][0]
        assert counts[True][1] != counts[False][1]

    def test_a_button_withdraws_one_and_keeps_the_rest(self, app: Flask, browser: Callable[[str], FlaskClient]) -> None:
        lead = browser("lead")
        save(lead, **{RURAL: "yes"})
        page = save(lead, **{BOARD: "yes", "withdraw": RURAL})
        assert "2 answers were changed." in page.text("main")
        assert answers(lead) == {BOARD: "yes"}
        assert "One earlier answer" in page.text("summary")
        assert kept(app) == 2

    def test_nothing_changed_says_so(self, browser: Callable[[str], FlaskClient]) -> None:
        assert "Nothing was changed." in save(browser("lead")).text("main")

    def test_against_anothers_answer_both_are_shown(self, app: Flask, browser: Callable[[str], FlaskClient]) -> None:
        lead = browser("lead")
        page = parse(lead.get(FACTS))
        action, fields = page.form("/facts")
        state(app, RURAL, holds=False)
        data = {"csrf_token": fields["csrf_token"], RURAL: "yes", BOARD: "yes"}
        answer = lead.post(action, data=data)
        page = parse(answer)
        assert (answer.status_code, page.faults(), kept(app)) == (409, [], 1)
        problem = words(page.by_id("problems") or page.all("html")[0])
        assert "was answered otherwise: No, said Ana Roy," in problem
        chosen = {each.get("name"): each.get("value") for each in page.all("input") if each.get("checked") is not None}
        assert (chosen[RURAL], chosen[BOARD]) == ("yes", "yes")
        seen = [each.get("value", "") for each in page.all("input") if each.get("name") == "seen"]
        assert lead.post(action, data={**data, "seen": seen}).status_code == 303
        assert answers(lead) == {RURAL: "yes", BOARD: "yes"}

    def test_trying_keeps_nothing(self, app: Flask, browser: Callable[[str], FlaskClient]) -> None:
        lead = browser("lead")
        save(lead, **{BOARD: "yes"})
        answer = lead.post(f"{KENORA}/answers", data={RURAL: "yes", BOARD: "yes"})
        assert answer.location == f"{KENORA}?yes={RURAL}"
        assert kept(app) == 1

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_the_page_is_valid_with_answers(self, browser: Callable[[str], FlaskClient], language: str) -> None:
        lead = browser("lead")
        save(lead, **{RURAL: "yes"})
        save(lead, **{RURAL: "no", BOARD: "no"})
        for path in ("communities/kenora/facts", "communities/kenora", "programs/local-food-infrastructure"):
            assert parse(lead.get(f"/{language}/{path}?community=kenora")).faults() == []


class TestOthers:
    """What a community states is seen and used by its members alone."""

    def test_a_writer_sees_and_uses_but_does_not_keep(self, app: Flask, browser: Callable[[str], FlaskClient]) -> None:
        state(app, RURAL, holds=False)
        writer = browser("writer")
        page = parse(writer.get(FACTS))
        assert "No, said Ana Roy," in page.text("form")
        assert "Withdraw" not in page.text("form")
        assert verdict(writer, RURAL_PROGRAM) == "Does not fit"
        _, token = parse(writer.get("/en/account")).form("sign-out")
        assert writer.post(FACTS, data={**token, RURAL: "yes"}).status_code == 403
        assert kept(app) == 1

    @pytest.mark.parametrize("kind", ["staff", "public"])
    def test_everybody_else_sees_nothing_of_it(
        self, app: Flask, browser: Callable[[str], FlaskClient], kind: str
    ) -> None:
        reader = app.test_client() if kind == "public" else browser(kind)
        before = {each: reader.get(each).text for each in (KENORA, FACTS)}
        verdicts = marks(reader, RURAL_PROGRAM)
        state(app, RURAL, holds=False)
        after = {each: reader.get(each).text for each in (KENORA, FACTS)}
        assert ["Ana" in each for each in after.values()] == [False, False]
        assert [len(each) for each in after.values()] == [len(each) for each in before.values()]
        assert marks(reader, RURAL_PROGRAM) == verdicts
        _, token = parse(reader.get("/en/programs/csp-grant" if kind == "public" else "/en/account")).form("")
        answer = reader.post(FACTS, data={**token, RURAL: "yes"})
        assert answer.status_code in {302, 400, 404}
        assert kept(app) == 1

    def test_another_community_does_not_exist_for_a_lead(
        self, app: Flask, browser: Callable[[str], FlaskClient]
    ) -> None:
        lead = browser("lead")
        _, token = parse(lead.get("/en/account")).form("sign-out")
        for key in ("dryden", "fn-taykwa-tagamou-nation", "atlantis"):
            answer = lead.post(f"/en/communities/{key}/facts", data={**token, RURAL: "yes"})
            assert answer.status_code == 404
        assert kept(app) == 0

    def test_a_lead_is_a_visitor_elsewhere(self, browser: Callable[[str], FlaskClient]) -> None:
        lead = browser("lead")
        save(lead, **{RURAL: "yes"})
        page = parse(lead.get("/en/communities/dryden/facts"))
        assert "Nothing is stored" in page.text("main")
        assert answers(lead, "/en/communities/dryden/facts") == {}

    def test_without_the_token_nothing_is_kept(self, app: Flask, browser: Callable[[str], FlaskClient]) -> None:
        assert browser("lead").post(FACTS, data={RURAL: "yes"}).status_code == 400
        assert kept(app) == 0

    def test_who_leads_no_more_cannot_keep_from_that_moment(
        self, app: Flask, browser: Callable[[str], FlaskClient]
    ) -> None:
        lead = browser("lead")
        save(lead, **{RURAL: "no"})
        with app.app_context(), transaction() as session:
            person = by_email(session, KINDS["lead"][0])
            assert person is not None
            people.add(session, person.email, Role.WRITER, clock.now(), community="kenora")
        _, token = parse(lead.get("/en/account")).form("sign-out")
        assert lead.post(FACTS, data={**token, RURAL: "yes"}).status_code == 403
        assert answers(lead) == {RURAL: "no"}


class TestVisitors:
    """Anybody may answer; the answers stand in the address and nowhere else."""

    def test_the_form_leads_to_an_address_and_keeps_nothing(self, app: Flask, client: FlaskClient) -> None:
        action, _ = parse(client.get(FACTS)).form("/answers")
        answer = client.post(action, data={RURAL: "yes", BOARD: "no", "fact:matching-funds": "", "fact:none": "yes"})
        assert (answer.status_code, answer.location) == (303, f"{KENORA}?yes={RURAL}&no={BOARD}")
        assert kept(app) == 0
        page = parse(client.get(answer.location))
        assert "Judged with your answers:" in page.text("main")
        assert "Would you describe your community as rural? Yes" in page.text("main")

    def test_each_answer_can_be_dropped(self, catalogue_client: FlaskClient) -> None:
        page = parse(catalogue_client.get(f"{KENORA}?yes={RURAL}&no={BOARD}&status=live"))
        chips = [each.get("href") for each in page.all("a") if each.get("class") == "chip"]
        assert chips == [f"{KENORA}?no={BOARD}&status=live", f"{KENORA}?yes={RURAL}&status=live"]

    def test_answers_go_with_links_of_the_same_community_only(self, catalogue_client: FlaskClient) -> None:
        links = parse(catalogue_client.get(f"{KENORA}?yes={RURAL}")).links()
        programs = [address for address, _ in links if "/programs/" in address or "/deadlines" in address]
        ours = [address for address in programs if "community=kenora" in address]
        assert len(ours) > 5
        assert all(f"yes={RURAL}" in address for address in ours)
        others = [
            address
            for address, _ in links
            if "kenora" not in address and not address.startswith(("http", "#")) and address != "/en/"
        ]
        assert others
        assert not any(RURAL in address for address in others)
        assert f"/fr/communities/kenora?yes={RURAL}" in [address for address, _ in links]

    def test_an_answer_changes_the_verdict(self, catalogue_client: FlaskClient) -> None:
        assert verdict(catalogue_client, RURAL_PROGRAM) == "Need to know"
        assert verdict(catalogue_client, f"{RURAL_PROGRAM}&no={RURAL}") == "Does not fit"
        both = f"{RURAL_PROGRAM}&no={RURAL}&yes={RURAL}"
        assert verdict(catalogue_client, both) == "Does not fit", "of two answers the cautious one holds"

    def test_the_program_page_asks_by_yes_and_no(self, catalogue_client: FlaskClient) -> None:
        address = "/en/programs/telus-community-board?community=kenora"
        page = parse(catalogue_client.get(address))
        assert "The question that settles it" in page.text("h3")
        yes, no = (each.get("href", "") for each in page.all("a") if each.get("class") == "button second")
        assert verdict(catalogue_client, address) == "Need to know"
        assert verdict(catalogue_client, yes) == "May fit through a partner"
        assert verdict(catalogue_client, no) == "Does not fit"

    @pytest.mark.parametrize(
        "query",
        ["yes=", "yes=fact:", "no=fact:x%00", "yes=partner:" + "x" * 3000, "yes=place:ontario", "yes=" + "%F0%9F" * 50],
    )
    def test_what_is_no_question_is_left_out(self, catalogue_client: FlaskClient, query: str) -> None:
        answer = catalogue_client.get(f"{KENORA}?{query}")
        assert answer.status_code == 200
        assert "Judged with your answers" not in answer.text

    def test_more_than_an_address_holds_is_told(self, catalogue_app: Flask, catalogue_client: FlaskClient) -> None:
        with catalogue_app.app_context():
            keys = [f"fact:{key}" for key in catalogue.present(db.session()).facts][: MOST_ANSWERS + 1]
        answer = catalogue_client.post(f"{KENORA}/answers", data=dict.fromkeys(keys, "no"))
        page = parse(answer)
        assert (answer.status_code, page.faults()) == (400, [])
        assert f"You gave {MOST_ANSWERS + 1} answers; the address of a page holds {MOST_ANSWERS}." in page.text("main")
        checked = [each for each in page.all("input") if each.get("checked") is not None and each.get("value") == "no"]
        assert len(checked) == MOST_ANSWERS + 1
        query = "&".join(f"yes={key}" for key in keys)
        assert len(parse(catalogue_client.get(f"{KENORA}?{query}")).links()) > 0
        answer = catalogue_client.post(f"{KENORA}/answers", data=dict.fromkeys(keys[1:], "no"))
        assert len(answer.location) < 2_000

    def test_the_questions_that_settle_most_come_first(self, catalogue_client: FlaskClient) -> None:
        page = parse(catalogue_client.get(FACTS))
        groups = [each for each in page.all("section") if each.get("aria-labelledby") not in {None, "unknown"}]
        assert {"partners", "plan", "history", "capacity"} <= {each.get("aria-labelledby") for each in groups}
        fields = page.all("fieldset")
        assert len(fields) > 50
        for field in fields:
            assert [each.get("value") for each in field.iter("input")] == ["yes", "no", ""]

    def test_the_side_note_leads_there(self, catalogue_client: FlaskClient) -> None:
        assert (FACTS, "Answer the questions") in parse(catalogue_client.get(KENORA)).links()


class TestWhatWouldChangeIt:
    """The panel of a program page."""

    def test_neighbours_with_whom_it_could_apply(self, catalogue_client: FlaskClient) -> None:
        page = parse(catalogue_client.get("/en/programs/local-food-infrastructure?community=kenora"))
        said = page.text("main")
        assert "Apply together" in said
        assert "You lead, together with Dryden" in said
        assert "10 more ways to apply together" in page.text("summary")
        asked = "Answer for Kenora: Will you work with at least 2 other organizations?"
        assert (f"{FACTS}#partners", asked) in page.links()

    def test_what_nobody_can_change_is_named(self, catalogue_client: FlaskClient) -> None:
        said = parse(catalogue_client.get("/en/programs/telus-community-board?community=kenora")).text("main")
        assert "What would change it" in said
        assert "What cannot change" in said
        assert "Kenora is a single-tier municipality. You cannot change this." in said

    def test_without_a_community_there_is_none(self, catalogue_client: FlaskClient) -> None:
        said = parse(catalogue_client.get("/en/programs/telus-community-board")).text("main")
        assert "What would change it" not in said
