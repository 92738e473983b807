"""The money of an application in exact cents: as it is typed, what a project costs and who pays, held against a stream.

Money is counted in whole cents; a share is an exact fraction, rounded only where a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Amount, Meaning, Share
from grants.domain.phrases import NBSP, money, percent

MOST_CENTS = 10_000_000_000_00
"""The largest amount that is taken: ten billion dollars; more is a slip of the finger."""

_LONGEST_AMOUNT = 40
_SPACES = re.compile(r"[ \u00a0\u2009\u202f]+")
_SIGN = re.compile(r"^(?:\$|CAD ?\$?) ?| ?(?:\$|\$? ?CAD)$", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?: [0-9]{3})+|(?:,[0-9]{3})+(?!,))|[0-9]+)(?:[.,](?P<cents>[0-9]+))?"
)


class AmountFault(StrEnum):
    """Why something that was typed is no amount."""

    NO_AMOUNT = "no-amount"
    NEGATIVE = "negative"
    TOO_FINE = "too-fine"
    TOO_MUCH = "too-much"


@dataclass(frozen=True, slots=True)
class WrongAmount:
    """What is wrong by name, and the sentence that says what, why and what to do."""

    fault: AmountFault
    words: Bilingual


def parse_money(typed: str) -> int | WrongAmount:
    """Read dollars as people type them in either language, and give whole cents.

    ``1,234.50``, ``1 234,50 $``, ``$12 000`` and ``12000`` are read. A comma before exactly three digits parts
    thousands; a comma or a point before one or two digits begins the cents.
    """
    text = _SPACES.sub(" ", typed.strip())
    if len(text) > _LONGEST_AMOUNT:
        return _NO_AMOUNT
    text = _SIGN.sub("", text, count=1)
    if re.match(r"[-\u2212\u2013(]", text):
        return _NEGATIVE
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return _NO_AMOUNT
    cents = found["cents"] or ""
    if len(cents) > 2:  # noqa: PLR2004 - a dollar has a hundred cents
        return _TOO_FINE
    total = int(re.sub(r"[ ,]", "", found["whole"])) * 100 + int(cents.ljust(2, "0"))
    return total if total <= MOST_CENTS else _TOO_MUCH


_NO_AMOUNT = WrongAmount(
    AmountFault.NO_AMOUNT,
    Bilingual(
        "This is not an amount. Type dollars in figures, such as 12000 or 1,234.50.",
        f"Ce n’est pas un montant. Écrivez le montant en dollars et en chiffres, par exemple 12000 ou 1{NBSP}234,50.",
    ),
)
_NEGATIVE = WrongAmount(
    AmountFault.NEGATIVE,
    Bilingual(
        "An amount cannot be below zero. Type it without the minus sign.",
        "Un montant ne peut pas être inférieur à zéro. Écrivez-le sans le signe moins.",
    ),
)
_TOO_FINE = WrongAmount(
    AmountFault.TOO_FINE,
    Bilingual(
        "An amount has at most two decimals, the cents. Type it as 1,234.50; a point does not part thousands.",
        f"Un montant a au plus deux décimales, soit les cents. Écrivez-le comme 1{NBSP}234,50; "
        "un point ne sépare pas les milliers.",
    ),
)
_TOO_MUCH = WrongAmount(
    AmountFault.TOO_MUCH,
    Bilingual(
        "This is more than ten billion dollars. Look for a digit too many.",
        "C’est plus de dix milliards de dollars. Vérifiez s’il y a un chiffre de trop.",
    ),
)


def cents_words(cents: int) -> Bilingual:
    """Write cents as dollars in both languages: ``$1,234.50``, ``1 234,50 $``."""
    dollars = Decimal(cents) / 100
    return Bilingual(money(dollars, "en"), money(dollars, "fr"))


@dataclass(frozen=True, slots=True)
class Budget:
    """What a project costs and who pays, in cents; ``None`` is not known yet.

    ``asked`` of this funder, ``own`` money of the community, ``other`` funders' money, and what was ``awarded``.
    """

    asked: int | None = None
    own: int | None = None
    other: int = 0
    awarded: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        for cents in (self.asked, self.own, self.other, self.awarded):
            if cents is not None and not 0 <= cents <= MOST_CENTS:
                raise ValueError(f"an amount is 0 to {MOST_CENTS} cents, got {cents}")

    @property
    def total(self) -> int | None:
        """The total cost in cents; ``None`` until what is asked and what is the community's own are both known."""
        return None if self.asked is None or self.own is None else self.asked + self.own + self.other

    @property
    def share(self) -> Fraction | None:
        """The funder's exact share of the total cost in per cent; ``None`` where it is not known or nothing costs."""
        return Fraction(100 * self.asked, self.total) if self.asked is not None and self.total else None

    @property
    def gap(self) -> int | None:
        """How many cents less were awarded than asked, so must come from elsewhere; ``None`` where it is not known."""
        return None if self.asked is None or self.awarded is None else max(0, self.asked - self.awarded)


def share_words(share: Fraction) -> Bilingual:
    """Write a share of a budget, rounded to a hundredth of a per cent: ``66.67%``, ``66,67 %``."""
    rounded = Decimal(round(share * 100)) / 100
    return Bilingual(percent(rounded, "en"), percent(rounded, "fr"))


def most_to_ask(total: int, share: Decimal) -> int:
    """Give the most that a funder who pays ``share`` per cent may be asked of a total cost, in cents.

    Rounded down: a cent more would be over the share.
    """
    return floor(total * Fraction(share) / 100)


def least_from_others(asked: int, share: Decimal) -> int | None:
    """Give the least that others must pay for the funder's ``share`` per cent to cover what is asked, in cents.

    Rounded up, so that the share is kept to the cent; ``None`` for a share of nothing, which covers no amount.
    """
    if share <= 0:
        return None
    return max(0, ceil(asked * (100 - Fraction(share)) / Fraction(share)))


class Check(StrEnum):
    """What a budget was held against."""

    OVER_MAXIMUM = "over-maximum"
    PERHAPS_OVER = "perhaps-over"
    """Over one of several maximums of which the funder decides which holds, or over a yearly one."""
    UNDER_MINIMUM = "under-minimum"
    OVER_POT = "over-pot"
    COST_OVER = "cost-over"
    COST_UNDER = "cost-under"
    OVER_SHARE = "over-share"
    PERHAPS_OVER_SHARE = "perhaps-over-share"
    SHARE_NEEDS_OWN = "share-needs-own"
    AWARDED_LESS = "awarded-less"


@dataclass(frozen=True, slots=True)
class Remark:
    """What does not fit in a budget or is still missing: which check, how many cents, and the sentence that says so."""

    check: Check
    cents: int
    words: Bilingual


_ONE_GRANT = frozenset({Meaning.PER_PROJECT, Meaning.PER_YEAR, Meaning.PER_APPLICANT, Meaning.LOAN})


def check_budget(budget: Budget, amounts: Sequence[Amount], shares: Sequence[Share]) -> tuple[Remark, ...]:
    """Hold a budget against what a stream pays; no remark where all fits or is not known.

    Where several amounts or shares hold, the funder decides which (a local project, a regional one): above the largest
    is over, above a smaller one perhaps over. A yearly maximum is only perhaps exceeded, for a project may last longer.
    Allotments, past awards and amounts by the unit or participant set no limit that can be checked.

    Args:
        budget: in cents.
        amounts: those whose ``when`` holds for the applicant or is absent.
        shares: likewise.
    """
    found = [*_of_amounts(budget, amounts), *_of_shares(budget, shares)]
    if budget.gap:
        gap, awarded = cents_words(budget.gap), cents_words(budget.awarded or 0)
        found.append(
            Remark(
                Check.AWARDED_LESS,
                budget.gap,
                Bilingual(
                    f"{awarded.en} was awarded, {gap.en} less than was asked: find it elsewhere or do less.",
                    f"{awarded.fr} ont été accordés, soit {gap.fr} de moins que demandé{NBSP}: "
                    "trouvez cette somme ailleurs ou réduisez le projet.",
                ),
            )
        )
    return tuple(found)


def _of_amounts(budget: Budget, amounts: Sequence[Amount]) -> Iterator[Remark]:
    grants = [each for each in amounts if each.meaning in _ONE_GRANT]
    costs = [each for each in amounts if each.meaning is Meaning.TOTAL_PROJECT_COST]
    pots = [each for each in amounts if each.meaning is Meaning.POT]
    asked, total = budget.asked, budget.total
    if asked is not None:
        least, most, tops = _least(grants), _most(grants), sorted({_cents(each.maximum) for each in grants} - {0})
        yearly = any(each.yearly or each.meaning is Meaning.PER_YEAR for each in grants)
        if most is not None and asked > most and not yearly:
            yield _remark(
                Check.OVER_MAXIMUM,
                asked - most,
                "This asks {by} more than the funder pays: at most {limit}.",
                "La demande dépasse de {by} ce que verse le bailleur de fonds, soit {limit} au plus.",
                most,
            )
        elif tops and asked > tops[0]:
            in_years = "a year " if yearly else ""
            yield _remark(
                Check.PERHAPS_OVER,
                asked - tops[0],
                f"The funder pays some projects at most {{limit}} {in_years}and this asks {{by}} more: "
                "ask which maximum holds for yours.",
                f"Pour certains projets, le bailleur de fonds verse au plus {{limit}} {'par année ' if yearly else ''}"
                f"et la demande dépasse cette somme de {{by}}{NBSP}: demandez quel maximum s’applique au vôtre.",
                tops[0],
            )
        if least is not None and asked < least:
            yield _remark(
                Check.UNDER_MINIMUM,
                least - asked,
                "This asks {by} less than the least that the funder pays: {limit}.",
                "La demande est inférieure de {by} au minimum que verse le bailleur de fonds, soit {limit}.",
                least,
            )
        pot = _most(pots)
        if pot is not None and asked > pot:
            yield _remark(
                Check.OVER_POT,
                asked - pot,
                "This asks {by} more than the fund holds for all applicants together: {limit}.",
                "La demande dépasse de {by} la somme prévue pour l’ensemble des demandeurs, soit {limit}.",
                pot,
            )
    if total is not None:
        least, most = _least(costs), _most(costs)
        if most is not None and total > most:
            yield _remark(
                Check.COST_OVER,
                total - most,
                "The whole project costs {by} more than the funder supports: at most {limit}.",
                "Le coût total du projet dépasse de {by} ce qu’accepte le bailleur de fonds, soit {limit} au plus.",
                most,
            )
        if least is not None and total < least:
            yield _remark(
                Check.COST_UNDER,
                least - total,
                "The whole project costs {by} less than the funder supports: at least {limit}.",
                "Le coût total du projet est inférieur de {by} à ce qu’accepte le bailleur de fonds, "
                "soit {limit} au moins.",
                least,
            )


def _of_shares(budget: Budget, shares: Sequence[Share]) -> Iterator[Remark]:
    asked, total = budget.asked, budget.total
    percents = sorted({each.percent for each in shares if 0 < each.percent < 100})  # noqa: PLR2004 - the whole cost
    whole = any(each.percent >= 100 for each in shares)  # noqa: PLR2004 - the same
    if asked is None or not percents:
        return
    if total is None:
        if not whole and (needed := least_from_others(asked, percents[-1])):
            yield _needs_own(asked, needed, percents[-1])
        return
    if not whole and asked > most_to_ask(total, percents[-1]):
        yield _over_share(Check.OVER_SHARE, asked, total, percents[-1])
    elif asked > most_to_ask(total, percents[0]):
        yield _over_share(Check.PERHAPS_OVER_SHARE, asked, total, percents[0])


def _needs_own(asked: int, needed: int, share: Decimal) -> Remark:
    return Remark(
        Check.SHARE_NEEDS_OWN,
        needed,
        Bilingual(
            f"The funder pays at most {percent(share, 'en')} of the total cost: to ask {cents_words(asked).en}, "
            f"you need at least {cents_words(needed).en} of your own or from others.",
            f"Le bailleur de fonds verse au plus {percent(share, 'fr')} du coût total{NBSP}: "
            f"pour demander {cents_words(asked).fr}, il vous faut au moins {cents_words(needed).fr} "
            "de vos propres fonds ou d’ailleurs.",
        ),
    )


def _over_share(check: Check, asked: int, total: int, share: Decimal) -> Remark:
    """Say what the share allows of this cost, and what would have to be added to ask as much as is asked."""
    allowed = most_to_ask(total, share)
    more = (least_from_others(asked, share) or 0) - (total - asked)
    sums = {
        "allowed": cents_words(allowed),
        "total": cents_words(total),
        "own": cents_words(total - allowed),
        "missing": cents_words(asked - allowed),
        "asked": cents_words(asked),
        "more": cents_words(more),
    }
    en = {name: each.en for name, each in sums.items()} | {"share": percent(share, "en")}
    fr = {name: each.fr for name, each in sums.items()} | {"share": percent(share, "fr")}
    start = (
        Bilingual(
            "The funder pays at most {share} of the total cost",
            "Le bailleur de fonds verse au plus {share} du coût total",
        )
        if check is Check.OVER_SHARE
        else Bilingual(
            "For some projects the funder pays at most {share} of the total cost",
            "Pour certains projets, le bailleur de fonds verse au plus {share} du coût total",
        )
    )
    words = Bilingual(
        f"{start.en}: {{allowed}} of {{total}}. You need at least {{own}} of your own or from others, "
        "of which {missing} is missing. To ask {asked} all the same, bring {more} more of your own or from others.",
        f"{start.fr}{NBSP}: {{allowed}} sur {{total}}. Il vous faut au moins {{own}} de vos propres fonds ou "
        "d’ailleurs, et il manque {missing}. Pour demander {asked} malgré tout, apportez {more} de plus.",
    )
    return Remark(check, asked - allowed, Bilingual(words.en.format(**en), words.fr.format(**fr)))


def _remark(check: Check, by: int, en: str, fr: str, limit: int) -> Remark:
    gap, bound = cents_words(by), cents_words(limit)
    return Remark(check, by, Bilingual(en.format(by=gap.en, limit=bound.en), fr.format(by=gap.fr, limit=bound.fr)))


def _cents(dollars: Decimal | None) -> int:
    return int((dollars or 0) * 100)


def _most(amounts: Sequence[Amount]) -> int | None:
    """Give the largest maximum in cents; ``None`` where there is none or one of the amounts sets none."""
    tops = [_cents(each.maximum) for each in amounts]
    return max(tops) if tops and all(tops) else None


def _least(amounts: Sequence[Amount]) -> int | None:
    """Give the smallest minimum in cents; ``None`` where there is none or one of the amounts sets none."""
    bottoms = [_cents(each.minimum) for each in amounts]
    return min(bottoms) if bottoms and all(bottoms) else None
