"""The pages of applications: begin, move, change, two at once, lists, and what is wrong said in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from grants import clock
from grants.domain import phrases
from grants.domain.bilingual import Language
from grants.domain.people import Role
from grants.services import applications, tasks
from grants.services.conflicts import Hand
from grants.store import applications as rows
from grants.store import tenants
from grants.store.applications import ApplicationRow, EventRow, NoteRow, TaskRow
from grants.store.database import db, transaction
from tests.begun import STREAM, a_round, a_task, an_application
from tests.signing_in import a_member, browser_of
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded

LONG_TITLE = "Sécurité et mieux-être " * 8


@pytest.fixture
def ana(app: Flask) -> int:
    """A grant writer of Kenora."""
    return a_member(app, "ana@example.org", Role.WRITER, "kenora")


@pytest.fixture
def browser(app: Flask, ana: int) -> FlaskClient:
    """Her browser."""
    return browser_of(app, ana, community="kenora")


@pytest.fixture
def lead(app: Flask) -> FlaskClient:
    """The browser of the plan lead."""
    return browser_of(app, a_member(app, "lea@example.org", Role.LEAD, "kenora"), community="kenora")


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session to look into the database with."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def begun(app: Flask, ana: int) -> int:
    """An application of Kenora's that closes in 40 days."""
    with app.app_context(), transaction() as unit:
        return an_application(unit, ana, closes=clock.today() + timedelta(days=40)).id


def kept(app: Flask, number: int) -> ApplicationRow:
    """Read an application as it stands now."""
    with app.app_context():
        row = tenants.one(db.session(), ApplicationRow, "kenora", number)
        assert row is not None
        return row


def name(app: Flask, number: int, language: Language = "en") -> str:
    """Give what an application is called."""
    with app.app_context():
        return applications.title_of(db.session(), kept(app, number)).in_(language)


def send(browser: FlaskClient, page: str, form: str, **fields: object) -> Page:
    """Fill in the first form of a page whose address holds ``form``, and give the page it leads to."""
    address, known = parse(browser.get(page)).form(form)
    return parse(browser.post(address, data={**known, **fields}, follow_redirects=True))


def post(browser: FlaskClient, page: str, form: str, **fields: object) -> tuple[int, Page]:
    """The same, with the status and the very answer."""
    address, known = parse(browser.get(page)).form(form)
    answer = browser.post(address, data={**known, **fields})
    return answer.status_code, parse(answer)


def begin(browser: FlaskClient, intake: str, **more: str) -> Page:
    """Begin an application for a round."""
    _, known = parse(browser.get("/en/account")).form("sign-out")
    data = {"csrf_token": known["csrf_token"], "stream": STREAM, "intake": intake, **more}
    return parse(browser.post("/en/applications", data=data, follow_redirects=True))


# Begin


def test_without_a_title_it_is_called_by_the_program_in_the_language_of_the_page(
    app: Flask, browser: FlaskClient, begun: int
) -> None:
    french = name(app, begun, "fr")
    assert french != name(app, begun)
    assert parse(browser.get(f"/fr/applications/{begun}")).text("h1") == french
    for path in ("applications", "applications?view=table", "workspace", f"applications/{begun}/plan", "sharing"):
        assert french in parse(browser.get(f"/fr/{path}")).text("main"), path
    page = send(browser, f"/fr/applications/{begun}/details", "details", title="Nos rues", owner="")
    assert (page.text("h1"), name(app, begun)) == ("Nos rues", "Nos rues")
    page = send(browser, f"/fr/applications/{begun}/details", "details", title="", owner="")
    assert page.text("h1") == french


def test_one_click_on_the_program_begins(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction() as unit:
        a_round(unit, clock.today() + timedelta(days=30))
    page = send(browser, "/en/programs/csp-grant?community=kenora", "/en/applications")
    assert page.faults() == []
    assert "The application is begun." in page.text("main")
    assert "Community Safety and Policing Grant" in page.text("h1")
    assert "in 30 days" in page.text("main")


def test_of_two_rounds_each_button_says_which_it_means(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction() as unit:
        for days in (30, 90):
            a_round(unit, clock.today() + timedelta(days=days))
    page = parse(browser.get("/en/programs/csp-grant?community=kenora"))
    buttons = [words(each) for each in page.all("button")]
    for what in ("Begin an application", "Track this intake"):
        named = [each for each in buttons if each.startswith(what)]
        assert len(set(named)) == len(named) > 1
        assert phrases.day(clock.today() + timedelta(days=30), "en", weekday=False) in named[0]


def test_who_works_for_no_community_is_not_offered_it(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as unit:
        a_round(unit, clock.today() + timedelta(days=30))
    assert "Begin an application" not in client.get("/en/programs/csp-grant").text
    editor = browser_of(app, a_member(app, "ed@example.org", Role.EDITOR))
    assert "Begin an application" not in editor.get("/en/programs/csp-grant").text
    assert editor.get("/en/applications").status_code == HTTPStatus.FORBIDDEN


def test_where_every_round_is_over_the_next_can_be_prepared_for(app: Flask, browser: FlaskClient) -> None:
    page = send(browser, "/en/programs/rural-economic-development?community=kenora", "/en/applications")
    assert "No date is known by which to submit" in page.text("main")
    number = tenants_of(app)[0].id
    assert (kept(app, number).intake, "(2022)" in page.text("h1")) == (None, False)
    soon = clock.today() + timedelta(days=12)
    page = send(browser, f"/en/applications/{number}/details", "details", target_on=soon.isoformat(), owner="")
    assert "your own target date" in page.text("main")
    assert "in 12 days" in page.text("main")


def tenants_of(app: Flask) -> list[ApplicationRow]:
    """Every application of Kenora."""
    with app.app_context():
        return list(tenants.all_of(db.session(), ApplicationRow, "kenora"))


def test_a_second_one_is_asked_about(app: Flask, browser: FlaskClient, begun: int) -> None:
    page = begin(browser, kept(app, begun).intake or "")
    assert page.faults() == []
    assert "There is one already" in page.text("h1")
    assert (f"/en/applications/{begun}", name(app, begun)) in page.links()
    assert begin(browser, kept(app, begun).intake or "", again="y").text("h1") == name(app, begun)
    assert len(tenants_of(app)) == 2


@pytest.mark.parametrize("intake", ["nothing", "x" * 3000, "nul\0"])
def test_what_is_no_round_cannot_be_begun(app: Flask, browser: FlaskClient, intake: str) -> None:
    assert "There is no such page" in begin(browser, intake).text("h1")
    assert tenants_of(app) == []


# One application


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_of_an_application_is_valid(
    app: Flask, browser: FlaskClient, ana: int, begun: int, language: str
) -> None:
    with app.app_context(), transaction() as unit:
        row = applications.one(unit, "kenora", begun)
        row.title, row.asked, row.own = LONG_TITLE[:200], 1_000_001, 333_334
        for number in range(60):
            a_task(unit, row, ana, f"Task {number} " + "with a long name " * 6, owner=ana, due_on=date(2027, 1, 12))
        session = unit
        session.add(NoteRow(community="kenora", application=begun, author=ana, at=clock.now(), text="mot " * 2_000))
    paths = ["", "/details", "/amounts", "/tasks/new", "/reports", "/history", f"/tasks/{first_task(app, begun)}"]
    for path in paths:
        answer = browser.get(f"/{language}/applications/{begun}{path}")
        assert answer.status_code == HTTPStatus.OK, path
        assert parse(answer).faults() == [], path
    for path in ("", "?view=table", "?view=table&sort=asked&order=down", "?q=nothing+like+it", "?state=go&owner=0"):
        answer = browser.get(f"/{language}/applications{path}")
        assert parse(answer).faults() == [], path


def first_task(app: Flask, number: int) -> int:
    """The first task of an application."""
    with app.app_context():
        return rows.tasks(db.session(), "kenora", number)[0].id


def test_the_answer_stands_first(browser: FlaskClient, begun: int) -> None:
    page = parse(browser.get(f"/en/applications/{begun}"))
    lead = next(words(each) for each in page.all("p") if each.get("class") == "lead")
    assert lead == "Considering. Closes in 40 days. Next: In 40 days: the closing (ana)."


def test_both_clocks_are_named(app: Flask, browser: FlaskClient, ana: int) -> None:
    with app.app_context(), transaction() as unit:
        begun = an_application(unit, ana, closes=date(2027, 7, 9)).id
    text = parse(browser.get(f"/en/applications/{begun}")).text("dl")
    assert "Friday 9 July 2027" in text


def test_money_is_typed_in_either_language_and_reckoned_to_the_cent(
    app: Flask, browser: FlaskClient, begun: int
) -> None:
    page = send(
        browser,
        f"/fr/applications/{begun}/amounts",
        "amounts",
        asked="10 000,01 $",
        own="3333,34",
        other="",
        awarded="",
    )
    assert page.faults() == []
    row = kept(app, begun)
    assert (row.asked, row.own, row.other) == (1_000_001, 333_334, None)
    assert "13\u00a0333,35\u00a0$" in "".join("".join(each.itertext()) for each in page.all("dd"))


@pytest.mark.parametrize("typed", ["twelve", "-5", "1.234", "99999999999999"])
def test_an_amount_that_is_none_stays_as_typed(app: Flask, browser: FlaskClient, begun: int, typed: str) -> None:
    status, page = post(browser, f"/en/applications/{begun}/amounts", "amounts", asked=typed, own="5")
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert page.faults() == []
    fields = page.form("amounts")[1]
    assert (fields["asked"], fields["own"]) == (typed, "5")
    assert "#asked" in [address for address, _words in page.links()]
    assert kept(app, begun).version == 1


# Moves


def move(browser: FlaskClient, begun: int, to: str, **more: str) -> tuple[int, Page]:
    """Move an application from its page."""
    address, known = parse(browser.get(f"/en/applications/{begun}")).form("move")
    answer = browser.post(address, data={**known, "to": to, **more}, follow_redirects=True)
    return answer.status_code, parse(answer)


def test_a_free_move_happens_at_once(app: Flask, browser: FlaskClient, begun: int) -> None:
    status, page = move(browser, begun, "go")
    assert (status, kept(app, begun).state) == (HTTPStatus.OK, "go")
    assert "is now: Go." in page.text("main")


def test_a_move_that_wants_a_reason_asks_for_it(app: Flask, browser: FlaskClient, begun: int) -> None:
    status, page = move(browser, begun, "no-go")
    assert (status, page.faults()) == (HTTPStatus.OK, [])
    assert page.text("h1") == "Move to “No-go”"
    assert kept(app, begun).state == "considering"
    address, known = page.form("move")
    refused = browser.post(address, data=known)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert parse(refused).faults() == []
    browser.post(address, data={**known, "reason": "Too small"})
    assert kept(app, begun).state == "no-go"
    assert "Too small" in parse(browser.get(f"/en/applications/{begun}")).text("blockquote")


def test_submitting_shows_what_is_open_and_asks_for_the_number(app: Flask, browser: FlaskClient, begun: int) -> None:
    move(browser, begun, "go")
    move(browser, begun, "drafting")
    status, page = move(browser, begun, "submitted")
    assert (status, page.faults()) == (HTTPStatus.OK, [])
    assert "tasks are still open" in page.text("h2")
    address, known = page.form("move")
    assert "with_open_tasks" not in known, "nobody ticks it but a person"
    refused = browser.post(address, data={**known, "reference": "2027-11"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    again = parse(refused)
    assert again.faults() == []
    assert again.form("move")[1]["reference"] == "2027-11"
    browser.post(address, data={**known, "reference": "2027-11", "with_open_tasks": "y"})
    assert (kept(app, begun).state, kept(app, begun).reference) == ("submitted", "2027-11")
    status, page = move(browser, begun, "awarded")
    address, known = page.form("move")
    browser.post(address, data={**known, "awarded": "45,500.50"})
    assert (kept(app, begun).state, kept(app, begun).awarded) == ("awarded", 4_550_050)
    assert "Add report deadlines" in browser.get(f"/en/applications/{begun}").text


@pytest.mark.parametrize("to", ["awarded", "closed"])
def test_a_move_that_is_not_legal_is_said_in_words(app: Flask, browser: FlaskClient, begun: int, to: str) -> None:
    status, page = move(browser, begun, to, asked="y", awarded="5")
    assert (status, kept(app, begun).state) == (HTTPStatus.UNPROCESSABLE_ENTITY, "considering")
    assert "An application cannot go from “considering”" in page.text("main")


def test_a_state_that_is_none_is_not_found(browser: FlaskClient, begun: int) -> None:
    assert move(browser, begun, "nowhere")[0] == HTTPStatus.NOT_FOUND


# Two at once


def test_who_saves_second_sees_both_and_keeps_the_text(
    app: Flask, browser: FlaskClient, lead: FlaskClient, begun: int
) -> None:
    page = f"/en/applications/{begun}/details"
    address, mine = parse(browser.get(page)).form("details")
    send(lead, page, "details", title="Hers", owner="")
    answer = browser.post(address, data={**mine, "title": "Mine, and long", "reference": "R-1", "owner": ""})
    both = parse(answer)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert both.faults() == []
    assert "lea saved it" in both.text("main")
    assert "Hers" in both.text("pre")
    address, fields = both.form("details")
    assert (fields["title"], fields["reference"]) == ("Mine, and long", "R-1")
    assert kept(app, begun).title == "Hers"
    browser.post(address, data=fields)
    assert (kept(app, begun).title, kept(app, begun).reference) == ("Mine, and long", "R-1")
    with app.app_context():
        told = rows.events(db.session(), "kenora", begun)
    assert told[0].details["fields"]["title"] == ["Hers", "Mine, and long"], "what was saved over stays in the history"


def test_what_only_the_other_changed_stays_as_they_saved_it(
    app: Flask, browser: FlaskClient, lead: FlaskClient, begun: int
) -> None:
    page = f"/en/applications/{begun}/amounts"
    address, mine = parse(browser.get(page)).form("amounts")
    send(lead, page, "amounts", asked="60,000", own="10,000.50")
    both = parse(browser.post(address, data={**mine, "asked": "52,000", "other": "300"}))
    assert [words(each) for each in both.all("pre")] == ["60,000", "nothing"]
    address, fields = both.form("amounts")
    browser.post(address, data=fields)
    row = kept(app, begun)
    assert (row.asked, row.own, row.other) == (5_200_000, 1_000_050, 30_000)


def test_each_form_has_its_conflict_page(app: Flask, browser: FlaskClient, lead: FlaskClient, begun: int) -> None:
    send(browser, f"/en/applications/{begun}", "notes", text="first")
    send(browser, f"/en/applications/{begun}", "checklist", wording="A letter")
    with app.app_context():
        note = rows.notes(db.session(), "kenora", begun)[0].id
        line = rows.requirements(db.session(), "kenora", begun)[-1].id
    task = first_task(app, begun)
    for path, hers, mine in (
        ("amounts", {"asked": "1"}, {"asked": "2"}),
        (
            f"tasks/{task}",
            {"title": "Hers", "kind": "work", "owner": ""},
            {"title": "Mine", "kind": "work", "owner": ""},
        ),
        (f"checklist/{line}", {"settled": "ready", "document": ""}, {"settled": "not-needed", "document": ""}),
        (f"notes/{note}", {"text": "hers"}, {"text": "mine"}),
    ):
        page = f"/fr/applications/{begun}/{path}"
        address, known = parse(browser.get(page)).form(path)
        send(lead, page, path, **hers)
        answer = browser.post(address, data={**known, **mine})
        assert answer.status_code == HTTPStatus.CONFLICT, path
        both = parse(answer)
        assert both.faults() == [], path
        assert both.form(path)[1]["version"] == "2", path


def test_a_move_meets_a_conflict_too(app: Flask, browser: FlaskClient, lead: FlaskClient, begun: int) -> None:
    address, known = parse(browser.get(f"/en/applications/{begun}")).form("move")
    move(lead, begun, "go")
    answer = browser.post(address, data={**known, "to": "no-go", "reason": "No money", "asked": "y"})
    both = parse(answer)
    assert (answer.status_code, both.faults()) == (HTTPStatus.CONFLICT, [])
    assert "No money" in both.text("textarea")
    address, fields = both.form("move")
    browser.post(address, data={**fields, "to": "no-go", "reason": "No money"})
    assert kept(app, begun).state == "no-go"


# Tasks, checklist, notes


def turn(browser: FlaskClient, begun: int, task: int, what: str) -> tuple[int, Page]:
    """Do one thing to a task from the page of its application."""
    address, known = parse(browser.get(f"/en/applications/{begun}")).form(f"tasks/{task}/turn")
    answer = browser.post(address, data={**known, "turn": what}, follow_redirects=True)
    return answer.status_code, parse(answer)


def task_of(app: Flask, number: int) -> TaskRow:
    """Read a task as it stands now."""
    with app.app_context():
        row = tenants.one(db.session(), TaskRow, "kenora", number)
        assert row is not None
        return row


def test_a_task_is_done_given_up_taken_and_removed(app: Flask, browser: FlaskClient, ana: int, begun: int) -> None:
    task = first_task(app, begun)
    for what, holds in (
        ("leave", lambda row: row.owner is None),
        ("take", lambda row: row.owner == ana),
        ("done", lambda row: row.done_by == ana),
        ("open", lambda row: row.done_at is None),
        ("remove", lambda row: row.removed_at is not None),
    ):
        status, page = turn(browser, begun, task, what)
        assert (status, page.faults(), holds(task_of(app, task))) == (HTTPStatus.OK, [], True), what


def test_a_task_is_added_by_hand(app: Flask, browser: FlaskClient, ana: int, begun: int) -> None:
    page = send(
        browser,
        f"/fr/applications/{begun}/tasks/new",
        "tasks/new",
        title="Appeler l’école",
        kind="work",
        owner=str(ana),
        due_on="2027-01-05",
        minutes="1,5",
    )
    assert "Appeler l’école" in page.text("h3")
    with app.app_context():
        added = rows.tasks(db.session(), "kenora", begun)[-1]
    assert (added.due_on, added.minutes, added.by_hand) == (date(2027, 1, 5), 90, True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"due_on": "soon"}, "due_on"),
        ({"due_on": "9999-12-31"}, "due_on"),
        ({"minutes": "a lot"}, "minutes"),
        ({"owner": "99999999999999999999"}, "owner"),
        ({"kind": "magic"}, "kind"),
    ],
)
def test_what_is_wrong_with_a_task_is_said_at_its_field(
    app: Flask, browser: FlaskClient, begun: int, wrong: dict[str, str], field: str
) -> None:
    good = {"title": "Call", "kind": "work", "owner": "", "due_on": "2027-01-05", "minutes": "1"}
    before = len(rows_of(app, begun))
    status, page = post(browser, f"/en/applications/{begun}/tasks/new", "tasks/new", **{**good, **wrong})
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert page.faults() == []
    assert f"#{field}" in [address for address, _words in page.links()]
    assert len(rows_of(app, begun)) == before


def rows_of(app: Flask, number: int) -> list[TaskRow]:
    """The tasks of an application."""
    with app.app_context():
        return list(rows.tasks(db.session(), "kenora", number))


def test_a_writer_is_not_offered_others_and_cannot_choose_them(
    app: Flask, browser: FlaskClient, lead: FlaskClient, begun: int
) -> None:
    task = first_task(app, begun)
    other = a_member(app, "bo@example.org", Role.WRITER, "kenora")
    path = f"/en/applications/{begun}/tasks/{task}"
    assert "Bo" not in [words(each) for each in parse(browser.get(path)).all("option")]
    status, _page = post(browser, path, path, title="x", kind="work", owner=str(other))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    send(lead, path, path, title="x", kind="work", owner=str(other))
    assert task_of(app, task).owner == other


def test_somebody_elses_change_in_between_stops_removing(
    app: Flask, browser: FlaskClient, lead: FlaskClient, begun: int
) -> None:
    task = first_task(app, begun)
    address, known = parse(browser.get(f"/en/applications/{begun}")).form(f"tasks/{task}/turn")
    path = f"/en/applications/{begun}/tasks/{task}"
    send(lead, path, path, title="Changed", kind="work", owner="")
    answer = browser.post(address, data={**known, "turn": "remove"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "lea changed this task just before you." in parse(answer).text("main")
    assert task_of(app, task).removed_at is None


def test_reports_are_added_several_at_once(app: Flask, browser: FlaskClient, ana: int, begun: int) -> None:
    fields = {"first": "2027-06-30", "every": "3", "until": "2027-12-31", "final": "2028-03-31", "owner": str(ana)}
    status, page = post(browser, f"/en/applications/{begun}/reports", "reports", **fields)
    assert (status, page.faults()) == (HTTPStatus.UNPROCESSABLE_ENTITY, [])
    with app.app_context(), transaction() as unit:
        applications.one(unit, "kenora", begun).state = "awarded"
    status, page = post(browser, f"/en/applications/{begun}/reports", "reports", **{**fields, "until": ""})
    assert "Say until when reports are due" in page.text("main")
    page = send(browser, f"/en/applications/{begun}/reports", "reports", **fields)
    assert "4 reports are added." in page.text("main")
    assert "Final report to the funder" in page.text("h3")


def test_a_note_that_says_nothing_keeps_what_else_was_typed(browser: FlaskClient, begun: int) -> None:
    status, page = post(browser, f"/en/applications/{begun}", "notes", text="  ")
    assert (status, page.faults()) == (HTTPStatus.UNPROCESSABLE_ENTITY, [])
    assert "A note says something" in page.text("main")
    status, page = post(browser, f"/en/applications/{begun}", "notes", text="x" * 20_001)
    assert (status, page.text("textarea")) == (HTTPStatus.UNPROCESSABLE_ENTITY, "x" * 20_001)


def test_a_note_shows_its_earlier_wordings(app: Flask, browser: FlaskClient, begun: int) -> None:
    send(browser, f"/en/applications/{begun}", "notes", text="<b>before</b>")
    with app.app_context():
        note = rows.notes(db.session(), "kenora", begun)[0].id
    page = send(browser, f"/en/applications/{begun}/notes/{note}", f"notes/{note}", text="after")
    assert page.faults() == []
    assert [words(each) for each in page.all("pre")] == ["after", "<b>before</b>"]


# Board and table


def test_before_anything_is_begun_the_page_teaches(browser: FlaskClient) -> None:
    for language in ("en", "fr"):
        page = parse(browser.get(f"/{language}/applications"))
        assert page.faults() == []
        assert f"/{language}/programs?community=kenora" in [address for address, _words in page.links()]


@pytest.fixture
def many(app: Flask, ana: int) -> None:
    """More than a hundred applications."""
    with app.app_context(), transaction() as unit:
        first = an_application(unit, ana)
        for number in range(104):
            unit.add(
                ApplicationRow(
                    community="kenora",
                    uuid=f"made-{number}",
                    stream=first.stream,
                    intake=first.intake,
                    title=f"Number {number:03}",
                    state="go" if number % 2 else "declined",
                    asked=number,
                    created_by=ana,
                    created_at=clock.now(),
                    modified_at=clock.now(),
                )
            )


@pytest.mark.usefixtures("many")
def test_over_a_hundred_are_paged_and_summed(browser: FlaskClient) -> None:
    table = parse(browser.get("/en/applications?view=table"))
    assert "105 applications: $53.56 asked, $0 awarded." in table.text("p")
    assert "Page 1 of 6" in table.text("main")
    board = parse(browser.get("/en/applications"))
    assert "All 52 in the table" in board.text("main")
    assert len(board.all("h3")) <= 21
    narrowed = parse(browser.get("/en/applications?view=table&state=declined&sort=asked&order=down"))
    titles = [words(each) for each in narrowed.all("th") if each.get("scope") == "row"]
    assert titles[:2] == ["Number 102", "Number 100"]
    assert [each.get("aria-sort") for each in narrowed.all("th") if each.get("aria-sort")] == ["descending"]


def test_board_and_table_say_the_same(app: Flask, browser: FlaskClient, begun: int) -> None:
    with app.app_context(), transaction() as unit:
        applications.one(unit, "kenora", begun).asked = 4_550_050
    for view in ("", "?view=table"):
        text = parse(browser.get(f"/en/applications{view}")).text("main")
        for fact in (name(app, begun), "In 40 days: the closing", "ana", "$45,500.50"):
            assert fact in text, (view, fact)


def test_a_card_is_moved_by_a_plain_form(app: Flask, browser: FlaskClient, begun: int) -> None:
    address, known = parse(browser.get("/en/applications")).form("move")
    answer = browser.post(address, data={**known, "to": "go"})
    assert answer.location == "/en/applications"
    assert kept(app, begun).state == "go"


# Whose it is


def test_another_communitys_application_is_not_there(app: Flask, begun: int, make: Callable[[], FlaskClient]) -> None:
    stranger = make()
    task = first_task(app, begun)
    for path in ("", "/details", "/amounts", "/history", f"/tasks/{task}", "/tasks/new"):
        foreign = stranger.get(f"/en/applications/{begun}{path}")
        missing = stranger.get(f"/en/applications/{begun + 1_000}{path}")
        assert (foreign.status_code, missing.status_code) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND), path
    assert "Nothing is begun yet." in stranger.get("/en/applications").text


@pytest.fixture
def make(app: Flask) -> Callable[[], FlaskClient]:
    """Make a browser of somebody of another community."""
    return lambda: browser_of(app, a_member(app, "cy@example.org", Role.LEAD, "dryden"), community="dryden")


def test_a_task_of_another_application_is_not_there(app: Flask, browser: FlaskClient, ana: int, begun: int) -> None:
    with app.app_context(), transaction() as unit:
        other = an_application(unit, ana).id
        tasks.finish(unit, rows.tasks(unit, "kenora", other)[0], Hand(ana, clock.now()))
    assert browser.get(f"/en/applications/{other}/tasks/{first_task(app, begun)}").status_code == HTTPStatus.NOT_FOUND


def test_every_change_leaves_its_event(app: Flask, browser: FlaskClient, begun: int, session: Session) -> None:
    del app
    page = f"/en/applications/{begun}"
    send(browser, f"{page}/details", "details", title="Other", owner="")
    send(browser, f"{page}/amounts", "amounts", asked="5")
    send(browser, page, "notes", text="x")
    send(browser, page, "checklist", wording="x")
    move(browser, begun, "go")
    kinds = [each.kind for each in tenants.all_of(session, EventRow, "kenora")]
    assert kinds == ["begun", "changed", "changed", "note-added", "checked", "moved"]
