"""The job a grant writer comes with: within a minute, on a phone, in French, by keyboard alone, without JavaScript."""

import re
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Site

MOST_STEPS = 120
"""Presses of the tab key after which somebody would have given up."""


@pytest.fixture
def phone(browser: Browser, live_server: Site) -> Iterator[Page]:
    """A small phone set to French, without JavaScript."""
    with browser.new_context(
        base_url=live_server.url,
        viewport={"width": 360, "height": 740},
        locale="fr-CA",
        java_script_enabled=False,
    ) as context:
        yield context.new_page()


def tab_to(page: Page, is_it: Callable[[Page], bool]) -> int:
    """Press the tab key until what has the focus is what is looked for; give the number of presses."""
    for step in range(1, MOST_STEPS + 1):
        page.keyboard.press("Tab")
        if is_it(page):
            return step
    pytest.fail(f"not reached in {MOST_STEPS} presses of the tab key")


def focused(selector: str) -> Callable[[Page], bool]:
    """Tell whether what has the focus meets a selector."""
    return lambda page: page.locator(f"{selector}:focus").count() == 1


def test_from_the_front_door_to_what_to_do_about_one_program(phone: Page) -> None:
    started = monotonic()

    phone.goto("/")
    assert phone.url.endswith("/fr/")
    tab_to(phone, focused("main form input[name=q]"))
    phone.keyboard.type("guelf")
    phone.keyboard.press("Enter")
    if "/communities/guelph" not in phone.url:
        tab_to(phone, focused("main a[href$='/communities/guelph']"))
        phone.keyboard.press("Enter")
    phone.wait_for_url("**/fr/communities/guelph*")
    said = phone.locator("main").inner_text()
    assert "Foster good mental health" in said, "the plan’s own priority"
    assert "ourrait convenir" in said, "a verdict"
    assert "ferm" in said, "when it closes"

    tab_to(phone, focused("main .rows h3 a"))
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/fr/programs/*community=guelph*")
    program = phone.locator("main").inner_text()
    assert "Pour Guelph" in program
    assert "Qui peut présenter une demande" in program, "the rules"
    assert "Dates" in program
    assert "Source" in program
    assert monotonic() - started < 60


def test_the_first_stop_skips_to_the_content(phone: Page) -> None:
    phone.goto("/fr/programs")
    phone.keyboard.press("Tab")
    assert phone.locator(":focus").inner_text() == "Aller au contenu"
    phone.keyboard.press("Enter")

    assert phone.url.endswith("#content")
    assert tab_to(phone, focused("main input[name=q]")) == 1


def test_a_search_is_narrowed_and_shared_by_its_address(phone: Page) -> None:
    phone.goto("/fr/programs")
    tab_to(phone, focused("main input[name=q]"))
    phone.keyboard.type("sécurité alimentaire")
    phone.keyboard.press("Enter")
    before = phone.locator("#found").inner_text()
    tab_to(phone, focused(".fold-narrow > summary"))
    phone.keyboard.press("Enter")
    tab_to(phone, focused(".facets .options a[href*='level=provincial']"))
    phone.keyboard.press("Enter")
    phone.wait_for_url("**level=provincial*")

    assert "q=s%C3%A9curit%C3%A9+alimentaire" in phone.url
    assert phone.locator("#found").inner_text() != before
    assert phone.locator(".chip").count() == 2, "two choices, each can be taken back"


def test_the_language_switch_keeps_the_place(phone: Page) -> None:
    phone.goto("/fr/programs?topic=youth&level=federal")
    phone.locator("a.language").click()

    assert phone.url.endswith("/en/programs?topic=youth&level=federal")
    assert phone.locator("html").get_attribute("lang") == "en-CA"


def test_paper_holds_a_program_on_two_pages(browser: Browser, live_server: Site) -> None:
    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        for path in ("/en/programs/csp-grant?community=kenora", "/fr/programs/ocif?community=kenora"):
            page.goto(path)
            sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter"))
            assert 1 <= len(sheets) <= 2, path
