"""Documents kept ready: how they stand on a day, what a funder's wording asks for, what may become a link."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.bilingual import Bilingual
from grants.domain.documents import KIND_WORDS, DocumentKind, Standing, address_in, kind_asked, standing

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (None, Standing.NO_END),
        (date(2026, 11, 23), Standing.EXPIRED),
        (date(2026, 11, 24), Standing.EXPIRES_SOON),
        (date(2026, 12, 24), Standing.EXPIRES_SOON),
        (date(2026, 12, 25), Standing.SERVES),
    ],
)
def test_a_document_serves_on_its_last_day_and_not_on_the_next(expires: date | None, expected: Standing) -> None:
    assert standing(expires, TODAY) is expected


@given(st.integers(-2_000, 2_000), st.integers(0, 400))
def test_a_document_that_has_expired_never_serves_again(days: int, later: int) -> None:
    expires = TODAY + timedelta(days=days)

    if standing(expires, TODAY) is Standing.EXPIRED:
        assert standing(expires, TODAY + timedelta(days=later)) is Standing.EXPIRED


@pytest.mark.parametrize(
    ("en", "kind"),
    [
        ("letter of support or council resolution (non-profits)", DocumentKind.RESOLUTION),
        ("council by-law approving the agreement", DocumentKind.RESOLUTION),
        ("by-laws", DocumentKind.REGISTRATION),
        ("three years of audited statements", DocumentKind.STATEMENTS),
        ("proof of insurance", DocumentKind.INSURANCE),
        ("2-3 letters of support from local partners", DocumentKind.LETTER),
        ("asset management plan", DocumentKind.PLAN),
        ("diversity policy", DocumentKind.POLICY),
        ("letter of intent (due 2024-09-20)", None),
        ("project workplan template", None),
        ("budget sheet", None),
    ],
)
def test_a_wording_asks_for_a_kind_that_can_be_kept_ready(en: str, kind: DocumentKind | None) -> None:
    assert kind_asked(Bilingual(en, "—")) is kind


def test_french_words_ask_too() -> None:
    assert kind_asked(Bilingual("—", "États financiers audités")) is DocumentKind.STATEMENTS
    assert kind_asked(Bilingual("—", "Résolution du conseil")) is DocumentKind.RESOLUTION


@pytest.mark.parametrize(
    ("kept_at", "linked"),
    [
        ("https://files.town.example/a?b=c#d", True),
        (" http://intranet/plan.pdf ", True),
        ("HTTPS://FILES.EXAMPLE/x", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///c:/plan.pdf", False),
        ("https://", False),
        ("https:// files", False),
        ("http://[::1", False),
        ("https://a.example/\u202ex", False),
        ("binder 3, clerk's office", False),
        ("", False),
    ],
)
def test_only_http_and_https_addresses_become_links(kept_at: str, linked: bool) -> None:  # noqa: FBT001 - a table
    assert address_in(kept_at) == (kept_at.strip() if linked else None)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_never_a_link_of_another_scheme(kept_at: str) -> None:
    address = address_in(kept_at)

    assert address is None or address.lower().startswith(("http://", "https://"))


def test_every_kind_has_words() -> None:
    assert set(KIND_WORDS) == set(DocumentKind)
