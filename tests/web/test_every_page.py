"""Walk every route: who may open it is declared, GET writes nothing, and every page is valid, in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.routing import Rule

from grants.domain.bilingual import LANGUAGES
from grants.store.database import db
from grants.web.access import allowed_roles
from tests.web.html import parse

NO_PAGES = {
    "static",
    "front_door",
    "health.alive",
    "health.ready",
    "communities.suggest",
    "exports.applications",
    "exports.deadlines",
}
"""What is opened with GET and is no page, or only leads to one."""

VALUES: dict[str, dict[str, Any]] = {
    "programs.show": {"key": "csp-grant"},
    "programs.stream": {"key": "csp-grant-local-priorities"},
    "communities.show": {"key": "kenora"},
    "communities.programs": {"key": "kenora"},
    "communities.priority": {"key": "guelph", "number": 1},
    "facts.show": {"key": "kenora"},
    "facts.answer": {"key": "kenora"},
    "applications.show": {"number": 1},
    "applications.details": {"number": 1},
    "applications.amounts": {"number": 1},
    "applications.history": {"number": 1},
    "applications.add_task": {"number": 1},
    "applications.task": {"number": 1, "task_number": 1},
    "applications.reports": {"number": 1},
    "applications.line": {"number": 1, "line_number": 1},
    "applications.note": {"number": 1, "note_number": 1},
    "people.choose_password": {"token": "none"},
    "invitations.accept": {"token": "none"},
    "members.show": {"number": 1},
    "staff.show": {"number": 1},
    "links.unsubscribe": {"token": "none"},
    "feed_links.calendar": {"token": "none"},
    "outbox.letter": {"letter_id": 1},
    "tracking.show": {"number": 1},
    "shared.show": {"number": 1},
    "sharing.show": {"application_id": 1},
    "rules.show": {"key": "csp-grant-local-priorities"},
    "rules.add": {"key": "csp-grant-local-priorities"},
    "rules.edit": {"key": "csp-grant-local-priorities", "rule_key": "applicants"},
    "rules.read_draft": {"number": 1},
    "rules.try_out": {"number": 1},
    "vocabulary.show": {"key": "homelessness"},
    "backplans.show": {"number": 1},
    "documents.show": {"number": 1},
    "meetings.show": {"number": 1},
}
"""What stands in an address, for the routes that have a variable part beside the language."""

MORE = (
    "/programs?q=food+security&community=kenora&topic=youth&status=closed",
    "/programs?q=zzzz",
    "/programs?level=municipal&topic=road-safety&applicant=individual",
    "/programs?community=hamilton&level=nowhere&sort=odd&page=999",
    "/programs/new-horizons-seniors?community=kenora",
    "/programs/reaching-home",
    "/programs/rural-economic-development?community=nowhere",
    "/programs/youth-opportunities-fund?community=Hamilton",
    "/communities?q=ham",
    "/communities?q=zzzzzz",
    "/communities/toronto",
    "/communities/simcoe-county",
    "/communities/kenora?yes=fact:rural-by-own-word&no=partner:school-board&yes=nothing",
    "/communities/fn-taykwa-tagamou-nation/facts",
    "/communities/kenora/facts?yes=fact:rural-by-own-word&no=fact:rural-by-own-word",
    "/programs/local-food-infrastructure?community=kenora&yes=fact:council-resolution",
    "/programs/telus-community-board?community=kenora",
    "/priorities?p=Community",
    "/priorities?p=homelessness&p=youth+mental+health&community=kenora",
    "/deadlines?community=kenora&fit=all",
    "/nowhere",
)
"""Pages in a state that the bare route does not show."""


def addresses(app: Flask) -> Iterator[str]:
    """Every address that GET opens as a page, with each language."""
    with app.test_request_context():
        for rule in pages(app):
            for language in LANGUAGES if "lang_code" in rule.arguments else ("",):
                values: dict[str, Any] = {"lang_code": language} if language else {}
                yield app.url_for(rule.endpoint, **values | VALUES.get(rule.endpoint, {}))
    yield from (f"/{language}{each}" for language in LANGUAGES for each in MORE)


def pages(app: Flask) -> list[Rule]:
    """Every route that GET opens and that is a page."""
    rules = app.url_map.iter_rules()
    return [rule for rule in rules if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES]


def test_every_route_declares_who_may_open_it(catalogue_app: Flask) -> None:
    silent = [each for each in catalogue_app.view_functions if not allowed_roles(catalogue_app, each)]

    assert silent == []


def test_every_route_with_a_variable_is_walked(catalogue_app: Flask) -> None:
    wanted = {rule.endpoint for rule in pages(catalogue_app) if rule.arguments - {"lang_code"}}

    assert wanted - set(VALUES) == set()


def test_every_page_is_valid_and_usable(catalogue_app: Flask, catalogue_client: FlaskClient) -> None:
    faults = []
    for address in addresses(catalogue_app):
        answer = catalogue_client.get(address)
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html" and not answer.location:
            faults += [f"{address}: {each}" for each in parse(answer).faults()]

    assert faults == []


def test_the_language_of_a_page_is_that_of_its_address(catalogue_app: Flask, catalogue_client: FlaskClient) -> None:
    for address in addresses(catalogue_app):
        answer = catalogue_client.get(address)
        if answer.location or not address.startswith(("/en/", "/fr/")):
            continue
        page = parse(answer)
        language = address[1:3]
        other = "fr" if language == "en" else "en"
        assert page.all("html")[0].get("lang") == f"{language}-CA", address
        switch = [each.get("href", "") for each in page.all("a") if each.get("class") == "language"]
        assert switch[0].startswith(f"/{other}/"), address


@pytest.mark.seeded
def test_get_writes_nothing(app: Flask, client: FlaskClient) -> None:
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "PRAGMA")):
            written.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        engine = db.engine
    try:
        for address in addresses(app):
            client.get(address)
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert written == []
