"""Every page in a real browser: no violation that axe can find, nothing wider than the screen, targets one can hit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from grants import clock
from grants.domain.bilingual import LANGUAGES
from grants.domain.people import Role
from grants.services import people, tracking
from grants.services import tasks as works
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.tracking import Ref, tracked_row
from grants.web.second_factor import codes
from tests.begun import an_application
from tests.e2e.conftest import Site, opened, served
from tests.full_workspace import STREAM, Full, fill
from tests.signing_in import browser_of

SETTINGS = ((320, "light"), (1280, "dark"))
"""Widths and colours in which each page is looked at."""

PUBLIC = (
    "/",
    "/programs",
    "/programs?q=food+security&community=kenora&topic=youth",
    "/programs?q=zzzz&level=federal",
    "/programs?community=hamilton&topic=nothing",
    "/programs/csp-grant",
    "/programs/csp-grant?community=kenora",
    "/programs/reaching-home?community=guelph",
    "/communities",
    "/communities?q=hamilton",
    "/communities/kenora",
    "/communities/guelph",
    "/communities/guelph/priorities/1",
    "/communities/kenora/programs",
    "/communities/kenora?yes=fact:rural-by-own-word&no=partner:school-board",
    "/communities/kenora/facts",
    "/communities/kenora/facts?yes=fact:rural-by-own-word",
    "/programs/local-food-infrastructure?community=kenora",
    "/priorities",
    "/priorities?p=homelessness&p=community&community=kenora",
    "/deadlines",
    "/deadlines?community=kenora&fit=all",
    "/sign-in",
    "/sign-up",
    "/forgotten-password",
    "/outbox",
    "/about",
    "/accessibility",
    "/privacy",
    "/sources",
    "/nowhere",
)

STRANGER = ("/invitations/{token}", "/invitations/none", "/password/none", "/letter-sent")
MEMBER = (
    "/workspace",
    "/workspace?who={writer}",
    "/applications",
    "/applications?view=table",
    "/applications?view=table&q=zzzz",
    "/applications/{application}",
    "/applications/{application}/details",
    "/applications/{application}/amounts",
    "/applications/{application}/history",
    "/applications/{application}/reports",
    "/applications/{application}/tasks/new",
    "/applications/{application}/tasks/{task}",
    "/applications/{application}/plan",
    "/applications/{filled}",
    "/applications/{filled}/plan",
    "/applications/{filled}/checklist/{requirement}",
    "/applications/{filled}/notes/{note}",
    "/documents",
    "/documents/{document}",
    "/meetings",
    "/meetings/{meeting}",
    "/members",
    "/members/{writer}",
    "/members/invite",
    "/sharing",
    "/sharing/{filled}",
    "/sharing/log",
    "/export",
    "/deletion",
    "/switch",
    "/feeds",
    "/tracking",
    "/tracking/{tracked}",
    "/outbox",
    "/account",
    "/account/password",
    "/account/sign-ins",
    "/account/second-factor",
    "/second-factor/set-up",
)
EDITOR = ("/shared", "/shared/{share}")
APPROVER = (
    "/staff",
    "/staff/{staff}",
    "/staff/invite",
    "/staff/leads",
    "/staff/leads/invite",
    "/outbox",
    "/outbox/{letter}",
    "/account/second-factor",
    "/account/second-factor/codes",
)
LOST = frozenset({"/nowhere", "/invitations/none", "/password/none"})
"""Pages that say that there is nothing."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

VIOLATIONS = """
async (rules) => {
  const found = await axe.run({runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]})
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`))
}
"""
"""What axe finds wrong with the page that is open, one line each; the rest of what it tells is long and not fetched."""

SMALL_TARGETS = """
() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, .button, .chip, nav a")]
  .filter((each) => each.checkVisibility() && !each.matches("[type=checkbox], [type=radio], .visually-hidden"))
  .filter((each) => each.getBoundingClientRect().height < 43.5)
  .map((each) => each.outerHTML.slice(0, 120))
"""
"""What stands alone and is lower than 44 px. Links inside a sentence are as high as its lines: WCAG exempts them."""

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def shortcomings(page: Page) -> Iterator[str]:
    """Everything wrong with the page that is open, in each setting; it is loaded once for all of them."""
    page.evaluate(AXE_SCRIPT)
    # Colours are the same in both languages; the longer words of French need the narrow screen.
    for width, scheme in SETTINGS if "/fr/" not in page.url else SETTINGS[:1]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        where = f"{page.url} {width} {scheme}"
        yield from (f"{where}: {each}" for each in page.evaluate(VIOLATIONS, RULES))
        yield from (f"{where}: low target {each}" for each in page.evaluate(SMALL_TARGETS))
        wide = page.evaluate(TOO_WIDE)
        if wide > 0:
            yield f"{where}: {wide} px wider than the screen"


def visited(page: Page, language: str, path: str) -> Iterator[str]:
    """Open a page and give everything wrong with it, that it is not there among it."""
    answer = page.goto(f"/{language}{path}")
    assert answer is not None
    if (answer.status < HTTPStatus.BAD_REQUEST) == (path in LOST):
        yield f"{page.url}: {answer.status}"
    yield from shortcomings(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_page(browser: Browser, live_server: Site, language: str) -> None:
    with opened(browser, live_server) as page:
        found = [each for path in PUBLIC for each in visited(page, language, path)]

    assert found == []


# The pages of a workspace and of the staff


@dataclass(frozen=True, slots=True)
class Filled:
    """A site on which there is one of everything, and who is there."""

    site: Site
    full: Full
    application: int
    task: int
    tracked: int
    approver: int

    def path(self, pattern: str) -> str:
        """Put the numbers of what there is into an address."""
        full = self.full
        return pattern.format(
            token=quote(f"invitation of {full.community}"),
            application=self.application,
            task=self.task,
            filled=full.application,
            tracked=self.tracked,
            **{
                name: getattr(full, name)
                for name in ("writer", "staff", "requirement", "note", "document", "meeting", "share", "letter")
            },
        )


@pytest.fixture(scope="session")
def filled(sqlite_template: Callable[[bool], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Yield a site with one of everything; what a test changes there, no other may rely on."""
    with served(sqlite_template(True), tmp_path_factory.mktemp("filled")) as site:  # noqa: FBT003
        now, closes = clock.now(), clock.today() + timedelta(days=120)
        with site.app.app_context(), transaction() as session:
            full = fill(session, "guelph", now)
            lead = session.get_one(PersonRow, full.lead)
            lead.password = "the hash of none"
            people.add(session, lead.email, Role.LEAD, now, community="kenora")
            application = an_application(session, lead.id, closes=closes, community="guelph")
            intake = tracking.track_stream(session, lead, STREAM, now, community="guelph")
            tracked = tracked_row(session, lead.id, Ref(intake=intake))
            assert tracked is not None
            approver = people.add(session, "approver@x.example", Role.APPROVER, now)
            approver.totp_secret, approver.totp_since = codes().generate_totp_secret(), now
            task = works.of(session, application)[0]
            made = Filled(site, full, application.id, task.id, tracked.id, approver.id)
        yield made


@contextmanager
def signed_in(
    browser: Browser, filled: Filled, person: int, *, community: str | None = None, proved: bool = True
) -> Iterator[Page]:
    """Open a page on the filled site on which somebody is signed in."""
    cookie = browser_of(filled.site.app, person, community=community, proved=proved).get_cookie("session")
    assert cookie is not None
    with opened(browser, filled.site) as page:
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": filled.site.url}])
        yield page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_workspace(browser: Browser, filled: Filled, language: str) -> None:
    with signed_in(browser, filled, filled.full.lead, community="guelph") as page:
        found = [each for path in MEMBER for each in visited(page, language, filled.path(path))]
        for show in (a_move, a_conflict, a_second_application, a_new_feed):
            show(page, f"/{language}", filled)
            found += shortcomings(page)
    with signed_in(browser, filled, filled.full.lead, community="kenora") as page:
        page.goto(filled.path(f"/{language}/applications/{{application}}"))
        found += shortcomings(page)

    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_staff_and_of_a_guest(browser: Browser, filled: Filled, language: str) -> None:
    found: list[str] = []
    with opened(browser, filled.site) as page:
        found += [each for path in STRANGER for each in visited(page, language, filled.path(path))]
    with signed_in(browser, filled, filled.full.staff) as page:
        found += [each for path in EDITOR for each in visited(page, language, filled.path(path))]
    with signed_in(browser, filled, filled.approver, proved=False) as page:
        found += visited(page, language, "/second-factor")
    with signed_in(browser, filled, filled.approver) as page:
        found += [each for path in APPROVER for each in visited(page, language, filled.path(path))]
        page.get_by_role("main").get_by_role("button").click()
        expect(page.locator(".codes li")).to_have_count(10)
        found += shortcomings(page)

    assert found == []


# Pages that only a form leads to


def a_move(page: Page, prefix: str, filled: Filled) -> None:
    """Ask whether an application goes to the funder while a task is open."""
    page.goto(filled.path(f"{prefix}/applications/{{filled}}"))
    page.locator("form.move select").select_option("submitted")
    page.locator("form.move").get_by_role("button").click()
    expect(page.locator("#with_open_tasks")).to_be_visible()


def a_conflict(page: Page, prefix: str, filled: Filled) -> None:
    """Save second."""
    with page.context.new_page() as other:
        for each in (other, page):
            each.goto(filled.path(f"{prefix}/meetings/{{meeting}}"))
        for each, note in ((other, f"Hall {prefix}"), (page, f"Room {prefix}")):
            each.locator("#note").fill(note)
            each.locator("form", has=each.locator("#note")).get_by_role("button").click()
    expect(page.locator(".before-after")).to_be_visible()


def a_second_application(page: Page, prefix: str, filled: Filled) -> None:
    """Begin what was begun."""
    page.goto(f"{prefix}/programs/csp-grant?community={filled.full.community}")
    page.locator("form[action$='/applications'] button").first.click()
    expect(page.locator("input[name=again]")).to_be_attached()


def a_new_feed(page: Page, prefix: str, _filled: Filled) -> None:
    """Make a feed."""
    page.goto(f"{prefix}/feeds")
    page.locator("form[action$='/feeds']").get_by_role("button").click()
    expect(page.locator("#address")).to_be_visible()
