"""A deadline that speaks, in a real browser: on a phone, in French, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site


@pytest.fixture
def phone(browser: Browser, live_server: Site) -> Iterator[Page]:
    """Yield a page of 360 pixels whose browser runs no script."""
    with browser.new_context(
        base_url=live_server.url, viewport={"width": 360, "height": 740}, java_script_enabled=False
    ) as context:
        yield context.new_page()


def test_track_an_example_and_read_its_letter(phone: Page, live_server: Site) -> None:
    phone.goto("/fr/tracking")
    phone.get_by_role("button", name="À titre de membre du personnel du ministère").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Mes échéances")
    expect(phone.get_by_text("Exemple\u00a0: ce programme est fictif")).to_have_count(2)

    phone.get_by_role("button", name="Suivre cet exemple").first.click()
    expect(phone.get_by_text("Vous suivez maintenant")).to_be_visible()
    expect(phone.get_by_role("button", name="Cesser de suivre")).to_have_count(3)
    phone.get_by_role("button", name="Cesser de suivre").last.click()
    expect(phone.get_by_role("button", name="Cesser de suivre")).to_have_count(2)

    with live_server.app.app_context():
        ticked = live_server.app.test_cli_runner().invoke(args=["tick", "--json"])
    assert ticked.exit_code == 0, ticked.output

    phone.goto("/fr/outbox")
    phone.get_by_role("link", name="Dans 6 jours").first.click()
    expect(phone.get_by_role("main")).to_contain_text("heure de Toronto")
    letter = phone.get_by_role("link").filter(has_text="/unsubscribe/").first.get_attribute("href")
    assert letter is not None

    phone.goto("/unsubscribe/" + letter.rpartition("/")[2])
    phone.get_by_role("button", name="Cesser tous les rappels").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Plus de rappels")
    phone.goto("/fr/tracking")
    expect(phone.get_by_role("main")).to_contain_text("Les rappels sont désactivés")

    phone.goto("/fr/account")
    phone.get_by_role("button", name="Se déconnecter").click()
    phone.goto("/fr/tracking")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Se connecter")
