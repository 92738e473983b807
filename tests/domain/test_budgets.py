"""The money of an application: typed in both languages, shares to the cent, held against what a stream pays."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.bilingual import Bilingual
from grants.domain.budgets import (
    MOST_CENTS,
    AmountFault,
    Budget,
    Check,
    WrongAmount,
    cents_words,
    check_budget,
    least_from_others,
    most_to_ask,
    parse_money,
    share_words,
)
from grants.domain.catalogue import Amount, Meaning, Share

WORDS = Bilingual("words", "mots")
CENTS = st.integers(0, 10**12)
PERCENTS = st.decimals(Decimal("0.01"), Decimal(100), places=2)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1,234.50", 123450),
        ("1 234,50 $", 123450),
        ("1\u00a0234,50\u00a0$", 123450),
        ("1\u202f234,5", 123450),
        ("$12 000", 1200000),
        ("12000", 1200000),
        ("12,000", 1200000),
        ("12,00", 1200),
        ("$ 1,234,567", 123456700),
        ("1 234 567,89", 123456789),
        ("CAD 75", 7500),
        ("75 $ CAD", 7500),
        ("0", 0),
        ("0.05", 5),
        ("00012", 1200),
        ("  7  ", 700),
        ("10,000,000,000.00", MOST_CENTS),
    ],
)
def test_typed_money_is_read(typed: str, cents: int) -> None:
    assert parse_money(typed) == cents


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", AmountFault.NO_AMOUNT),
        ("$", AmountFault.NO_AMOUNT),
        ("twelve", AmountFault.NO_AMOUNT),
        ("1 2 3", AmountFault.NO_AMOUNT),
        ("1,23,456", AmountFault.NO_AMOUNT),
        ("1,234 567", AmountFault.NO_AMOUNT),
        ("1 234,567,890", AmountFault.NO_AMOUNT),
        ("1,234,50", AmountFault.NO_AMOUNT),
        ("1e9", AmountFault.NO_AMOUNT),
        ("١٢", AmountFault.NO_AMOUNT),
        ("12.", AmountFault.NO_AMOUNT),
        (".5", AmountFault.NO_AMOUNT),
        ("$$5", AmountFault.NO_AMOUNT),
        ("9" * 5_000, AmountFault.NO_AMOUNT),
        ("-5", AmountFault.NEGATIVE),
        ("$-5", AmountFault.NEGATIVE),
        ("\u22125 $", AmountFault.NEGATIVE),
        ("(500)", AmountFault.NEGATIVE),
        ("1.234", AmountFault.TOO_FINE),
        ("0,123", AmountFault.TOO_FINE),
        ("1,2345", AmountFault.TOO_FINE),
        ("10000000000.01", AmountFault.TOO_MUCH),
        ("99999999999999999999", AmountFault.TOO_MUCH),
    ],
)
def test_what_is_no_amount_is_refused_by_name(typed: str, fault: AmountFault) -> None:
    refused = parse_money(typed)
    assert isinstance(refused, WrongAmount)
    assert refused.fault is fault


@given(CENTS)
def test_money_that_was_written_is_read_again(cents: int) -> None:
    """What a page shows in either language may be typed into a form."""
    words = cents_words(cents)
    assert parse_money(words.en) == cents
    assert parse_money(words.fr) == cents


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_refused(typed: str) -> None:
    read = parse_money(typed)
    assert isinstance(read, WrongAmount) or 0 <= read <= MOST_CENTS


def test_a_budget_counts_to_the_cent() -> None:
    budget = Budget(asked=2_000_000, own=500_000, other=500_001, awarded=1_999_999)
    assert budget.total == 3_000_001
    assert budget.share == Fraction(200_000_000, 3_000_001)
    assert budget.gap == 1
    assert share_words(Fraction(200, 3)) == Bilingual("66.67%", "66,67\u00a0%")


def test_what_is_not_known_stays_unknown() -> None:
    assert Budget().total is None
    assert Budget(asked=100).total is None
    assert Budget(asked=100).share is None
    assert Budget(asked=0, own=0).share is None
    assert Budget(awarded=100).gap is None


@pytest.mark.parametrize("wrong", [-1, MOST_CENTS + 1])
@pytest.mark.parametrize("field", ["asked", "own", "other", "awarded"])
def test_a_budget_refuses_what_is_no_amount(field: str, wrong: int) -> None:
    with pytest.raises(ValueError, match="cents"):
        Budget(**{field: wrong})


@given(CENTS, PERCENTS)
def test_the_most_to_ask_is_the_last_cent_within_the_share(total: int, share: Decimal) -> None:
    most = most_to_ask(total, share)
    assert most * 100 <= total * Fraction(share) < (most + 1) * 100


@given(CENTS, PERCENTS)
def test_the_least_from_others_is_the_first_cent_that_keeps_the_share(asked: int, share: Decimal) -> None:
    least = least_from_others(asked, share)
    assert least is not None
    assert asked <= most_to_ask(asked + least, share)
    assert least == 0 or asked > most_to_ask(asked + least - 1, share)


def test_a_share_of_nothing_covers_nothing() -> None:
    assert least_from_others(100, Decimal(0)) is None


def an_amount(
    low: int | None = None, high: int | None = None, meaning: Meaning = Meaning.PER_PROJECT, **more: Any
) -> Amount:
    bounds = [None if each is None else Decimal(each) for each in (low, high)]
    return Amount(meaning, WORDS, "made for a test", bounds[0], bounds[1], **more)


def a_share(percent: str) -> Share:
    return Share(Decimal(percent), WORDS, "made for a test")


def dollars(asked: int, own: int | None = None, **more: int) -> Budget:
    return Budget(asked * 100, None if own is None else own * 100, **more)


@pytest.mark.parametrize(
    ("budget", "amounts", "shares", "found"),
    [
        pytest.param(dollars(200), [an_amount(100, 200)], [], [], id="just the maximum"),
        pytest.param(dollars(201), [an_amount(100, 200)], [], [(Check.OVER_MAXIMUM, 100)], id="over it"),
        pytest.param(dollars(99), [an_amount(100, 200)], [], [(Check.UNDER_MINIMUM, 100)], id="under the minimum"),
        pytest.param(dollars(150), [an_amount(high=100), an_amount(high=200)], [], [(Check.PERHAPS_OVER, 5000)], id="over one of two"),
        pytest.param(dollars(250), [an_amount(high=100), an_amount(high=200)], [], [(Check.OVER_MAXIMUM, 5000)], id="over both"),
        pytest.param(dollars(250), [an_amount(high=100), an_amount()], [], [(Check.PERHAPS_OVER, 15000)], id="one has no maximum"),
        pytest.param(dollars(90), [an_amount(100), an_amount(80)], [], [], id="above the smaller minimum"),
        pytest.param(dollars(250), [an_amount(high=100, meaning=Meaning.PER_YEAR)], [], [(Check.PERHAPS_OVER, 15000)], id="a yearly maximum"),
        pytest.param(dollars(250), [an_amount(high=100, yearly=True)], [], [(Check.PERHAPS_OVER, 15000)], id="as much every year"),
        pytest.param(dollars(250), [an_amount(high=100, meaning=Meaning.POT)], [], [(Check.OVER_POT, 15000)], id="more than the pot"),
        pytest.param(dollars(250), [an_amount(high=100, meaning=Meaning.PAST_AWARD)], [], [], id="a past award is no limit"),
        pytest.param(dollars(250), [an_amount(high=100, meaning=Meaning.PER_UNIT)], [], [], id="nor an amount by the unit"),
        pytest.param(dollars(80, 20), [an_amount(200, 300, Meaning.TOTAL_PROJECT_COST)], [], [(Check.COST_UNDER, 10000)], id="too small a project"),
        pytest.param(dollars(300, 20), [an_amount(200, 300, Meaning.TOTAL_PROJECT_COST)], [], [(Check.COST_OVER, 2000)], id="too large a project"),
        pytest.param(dollars(300), [an_amount(200, 250, Meaning.TOTAL_PROJECT_COST)], [], [], id="cost not known yet"),
        pytest.param(dollars(75, 25), [], [a_share("75")], [], id="just the share"),
        pytest.param(dollars(76, 24), [], [a_share("75")], [(Check.OVER_SHARE, 100)], id="over the share"),
        pytest.param(dollars(76), [], [a_share("75")], [(Check.SHARE_NEEDS_OWN, 2534)], id="own money not known yet"),
        pytest.param(dollars(76, 0), [], [a_share("100")], [], id="the whole cost"),
        pytest.param(dollars(60, 40), [], [a_share("50"), a_share("70")], [(Check.PERHAPS_OVER_SHARE, 1000)], id="over one of two shares"),
        pytest.param(dollars(80, 20), [], [a_share("50"), a_share("70")], [(Check.OVER_SHARE, 1000)], id="over both shares"),
        pytest.param(dollars(80, 20), [], [a_share("50"), a_share("100")], [(Check.PERHAPS_OVER_SHARE, 3000)], id="one pays all"),
        pytest.param(dollars(80), [], [a_share("50"), a_share("100")], [], id="one pays all, own money not known"),
        pytest.param(dollars(80, 20, awarded=7000), [], [], [(Check.AWARDED_LESS, 1000)], id="awarded less"),
        pytest.param(Budget(), [an_amount(100, 200)], [a_share("50")], [], id="nothing known"),
    ],
)  # fmt: skip
def test_a_budget_is_held_against_what_a_stream_pays(
    budget: Budget, amounts: list[Amount], shares: list[Share], found: list[tuple[Check, int]]
) -> None:
    assert [(each.check, each.cents) for each in check_budget(budget, amounts, shares)] == found


def test_the_sentence_says_how_much_is_missing_to_the_cent() -> None:
    (remark,) = check_budget(Budget(asked=8_000_000, own=2_000_000), [], [a_share("75")])
    assert remark.words.en == (
        "The funder pays at most 75% of the total cost: $75,000 of $100,000. You need at least $25,000 of your own or from "
        "others, of which $5,000 is missing. To ask $80,000 all the same, bring $6,666.67 more of your own or from others."
    )
    assert remark.words.fr == (
        "Le bailleur de fonds verse au plus 75\u00a0% du coût total\u00a0: 75\u00a0000\u00a0$ sur 100\u00a0000\u00a0$. Il vous faut au moins "
        "25\u00a0000\u00a0$ de vos propres fonds ou d’ailleurs, et il manque 5\u00a0000\u00a0$. Pour demander 80\u00a0000\u00a0$ malgré "
        "tout, apportez 6\u00a0666,67\u00a0$ de plus."
    )


@given(st.builds(Budget, CENTS, CENTS, CENTS), PERCENTS)
def test_doing_what_a_remark_says_settles_it(budget: Budget, share: Decimal) -> None:
    """Asking as much less as is missing, of the same cost, keeps the share; a cent more does not."""
    limit = Share(share, WORDS, "made for a test")
    for remark in check_budget(budget, [], [limit]):
        assert budget.asked is not None
        assert budget.total is not None
        less = budget.asked - remark.cents
        assert less * 100 <= budget.total * Fraction(share) < (less + 1) * 100
