"""Every page in a real browser: no violation that axe can find, nothing wider than the screen, targets one can hit."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from grants.domain.bilingual import LANGUAGES
from tests.e2e.conftest import Site

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
MEMBERS = ("/tracking", "/account", "/outbox")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SMALL_TARGETS = """
() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, .button, .chip, nav a")]
  .filter((each) => each.checkVisibility() && !each.matches("input[type=checkbox], input[type=radio]"))
  .filter((each) => each.getBoundingClientRect().height < 43.5)
  .map((each) => each.outerHTML.slice(0, 120))
"""
"""What stands alone and is lower than 44 px. Links inside a sentence are as high as its lines: WCAG exempts them."""


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page that is open, one line each."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def shortcomings(page: Page, path: str) -> Iterator[str]:
    """Everything wrong with a page, at the width that is set."""
    page.goto(path)
    yield from (f"{path}: {each}" for each in violations(page))
    yield from (f"{path}: low target {each}" for each in page.evaluate(SMALL_TARGETS))
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        yield f"{path}: {wide} px wider than the screen"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_every_public_page(browser: Browser, live_server: Site, language: str, width: int, scheme: str) -> None:
    with browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    ) as context:
        page = context.new_page()
        found = [each for path in PUBLIC for each in shortcomings(page, f"/{language}{path}")]

    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_member(page: Page, language: str) -> None:
    page.goto(f"/{language}/sign-in")
    page.locator("form[action*='/development/']").first.get_by_role("button").click()

    assert [each for path in MEMBERS for each in shortcomings(page, f"/{language}{path}")] == []
