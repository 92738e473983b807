"""The work that an application takes, proposed from what its funder asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level, Stream
from grants.domain.communities import CommunityKind
from grants.domain.phrases import NBSP
from grants.domain.rules import HasFact, leaves


class WorkKind(StrEnum):
    """What sort of work it is, as far as planning must know."""

    WORK = "work"
    REGISTRATION = "registration"
    """An account that the funder's side opens in its own time."""
    COUNCIL = "council"
    """A decision of council or band council: it happens on a day of meeting."""
    SUBMIT = "submit"
    REPORT = "report"
    """Due to the funder after an award."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done for an application.

    ``minutes`` is the effort it takes, ``waits`` the business days that then pass until the result is there and that
    take nobody's time, ``after`` the keys of the works that come before. ``optional`` is work that the funder is not
    known to ask for.
    """

    key: str
    kind: WorkKind
    minutes: int
    title: Bilingual
    why: Bilingual
    waits: int = 0
    after: tuple[str, ...] = ()
    optional: bool = False


REGISTRATION_DAYS = 10
"""Business days that an account in Transfer Payment Ontario takes: up to two weeks."""
ANSWER_DAYS = 10
"""Business days that a partner is given to sign a letter."""
DOCUMENT_MINUTES = 60
UNLISTED_DOCUMENTS = 4
"""Documents reckoned with where the funder's list was not found, which is so for most streams."""

# "By-laws" alone are those that an incorporated body hands in: no council has to pass them.
_RESOLUTION = re.compile(
    r"\bcouncil (?:resolution|motion|by-law)|\bresolution of council|\bband council resolution", re.IGNORECASE
)
_LETTERS = re.compile(
    r"\bletters? of (?:support|endorsement|agreement)|\bsupport letter|\bpartnership agreement", re.IGNORECASE
)
_PORTAL = re.compile(r"Transfer Payment|Grants Ontario|\bTPON\b", re.IGNORECASE)


class Need(StrEnum):
    """How sure it is that a funder asks for something."""

    STATED = "stated"
    ASSUMED = "assumed"
    NOT_STATED = "not-stated"


def registration_need(stream: Stream) -> Need:
    """Tell whether one applies in Transfer Payment Ontario.

    The province's ministries take most applications there. Where a provincial stream does not say how one applies, it
    is assumed; where it names another way (such as the Trillium Foundation's portal), it is not needed.
    """
    if stream.level is not Level.PROVINCIAL:
        return Need.NOT_STATED
    said = [*stream.required_documents, *stream.notes, *([stream.how_to_apply] if stream.how_to_apply else [])]
    if any(_PORTAL.search(each.en) for each in said):
        return Need.STATED
    return Need.NOT_STATED if stream.how_to_apply else Need.ASSUMED


def resolution_need(stream: Stream) -> Need:
    """Tell whether a resolution of council is asked for, by the list of documents or by a rule."""
    facts = {leaf.key for rule in stream.rules for leaf in leaves(rule.test) if isinstance(leaf, HasFact)}
    listed = any(_RESOLUTION.search(each.en) and "non-profits" not in each.en for each in stream.required_documents)
    return Need.STATED if listed or "council-resolution" in facts else Need.NOT_STATED


def template(stream: Stream, kind: CommunityKind, *, needs_registration: bool = True) -> tuple[Work, ...]:
    """Propose the work for an application, in an order in which it can be done.

    The hours are first guesses that people change. A resolution is always proposed, and marked optional where the
    funder is not known to ask for one: lists of documents were found for a fifth of the streams only, and many councils
    want to decide on their own share.

    Args:
        stream: what is applied for.
        kind: whose application it is, for the name of its council.
        needs_registration: false where the community has its account in Transfer Payment Ontario.
    """
    documents = len(stream.required_documents)
    letters = any(_LETTERS.search(each.en) for each in stream.required_documents)
    registration = registration_need(stream) if needs_registration else Need.NOT_STATED
    works = [_READ, _DECIDE]
    # What others need time for comes first, for one person does all in this order.
    if registration is not Need.NOT_STATED:
        works.append(_registration(registration))
    if letters:
        works.append(_LETTERS_OF_SUPPORT)
    works += [_BUDGET, *_council(kind, optional=resolution_need(stream) is Need.NOT_STATED)]
    works += [_documents(documents), _WRITE, _REVIEW]
    before = tuple(
        each.key for each in works if each.key in {"registration", "documents", "letters", "review", "council"}
    )
    return (*works, _submit(before))


_READ = Work(
    "read",
    WorkKind.WORK,
    120,
    Bilingual("Read the funder’s guidelines", "Lire les lignes directrices du bailleur de fonds"),
    Bilingual(
        "They say what counts as a cost, what must be attached and how applications are judged.",
        "Elles disent quels coûts sont admissibles, ce qu’il faut joindre et comment les demandes sont évaluées.",
    ),
)
_DECIDE = Work(
    "decide",
    WorkKind.WORK,
    60,
    Bilingual("Decide whether to apply", "Décider si l’on présente une demande"),
    Bilingual(
        "A no in time costs an hour; a bid that could never win costs a week.",
        "Dire non à temps coûte une heure; une demande perdue d’avance coûte une semaine.",
    ),
    after=("read",),
)
_LETTERS_OF_SUPPORT = Work(
    "letters",
    WorkKind.WORK,
    120,
    Bilingual("Ask partners for their letters", "Demander les lettres des partenaires"),
    Bilingual(
        "The funder asks for letters or agreements, and partners need time to sign.",
        "Le bailleur de fonds demande des lettres ou des ententes, et les partenaires ont besoin de temps pour signer.",
    ),
    waits=ANSWER_DAYS,
    after=("decide",),
)
_BUDGET = Work(
    "budget",
    WorkKind.WORK,
    240,
    Bilingual("Draw up the budget", "Établir le budget"),
    Bilingual(
        "What the project costs, what is asked, and what the community and others pay.",
        "Ce que coûte le projet, ce qui est demandé et ce que paient la collectivité et d’autres.",
    ),
    after=("decide",),
)
_WRITE = Work(
    "write",
    WorkKind.WORK,
    960,
    Bilingual("Write the application", "Rédiger la demande"),
    Bilingual(
        "Need, plan, partners, results: the longest piece of the work.",
        f"Besoin, plan, partenaires, résultats{NBSP}: la plus longue partie du travail.",
    ),
    after=("decide",),
)
_REVIEW = Work(
    "review",
    WorkKind.WORK,
    120,
    Bilingual("Review inside the organization", "Faire réviser à l’interne"),
    Bilingual(
        "Somebody who did not write it finds what is missing.",
        "Une personne qui ne l’a pas rédigée voit ce qui manque.",
    ),
    after=("budget", "write"),
)


def _registration(need: Need) -> Work:
    why = {
        Need.STATED: Bilingual(
            "One applies in Transfer Payment Ontario, and a new account takes up to two weeks.",
            "La demande se fait dans Paiements de transfert Ontario, "
            "et l’ouverture d’un compte prend jusqu’à deux semaines.",
        ),
        Need.ASSUMED: Bilingual(
            "How to apply was not found. Most provincial programs use Transfer Payment Ontario, where a new account "
            "takes up to two weeks.",
            "La façon de présenter une demande n’a pas été trouvée. La plupart des programmes provinciaux passent par "
            "Paiements de transfert Ontario, où l’ouverture d’un compte prend jusqu’à deux semaines.",
        ),
    }
    return Work(
        "registration",
        WorkKind.REGISTRATION,
        60,
        Bilingual("Register in Transfer Payment Ontario", "S’inscrire à Paiements de transfert Ontario"),
        why[need],
        waits=REGISTRATION_DAYS,
        after=("decide",),
    )


def _documents(count: int) -> Work:
    if count == 1:
        why = Bilingual("The funder asks for one document.", "Le bailleur de fonds demande un document.")
    elif count:
        why = Bilingual(
            f"The funder asks for {count} documents.", f"Le bailleur de fonds demande {count}{NBSP}documents."
        )
    else:
        why = Bilingual(
            f"The funder’s list was not found; {UNLISTED_DOCUMENTS} documents are reckoned with.",
            f"La liste du bailleur de fonds n’a pas été trouvée; on compte {UNLISTED_DOCUMENTS}{NBSP}documents.",
        )
    return Work(
        "documents",
        WorkKind.WORK,
        DOCUMENT_MINUTES * (count or UNLISTED_DOCUMENTS),
        Bilingual("Gather the documents", "Rassembler les documents"),
        why,
        after=("decide",),
    )


def _council(kind: CommunityKind, *, optional: bool) -> tuple[Work, Work]:
    band = kind == "first-nation"
    en, fr = ("band council", "conseil de bande") if band else ("council", "conseil")
    why = (
        Bilingual(
            "The funder is not known to ask for it. "
            f"Keep it if your {en} must decide on its share or on the agreement.",
            "On ne sait pas si le bailleur de fonds l’exige. "
            f"Gardez cette étape si votre {fr} doit se prononcer sur sa part ou sur l’entente.",
        )
        if optional
        else Bilingual(
            f"The funder asks for a resolution, and the {en} meets on set dates only.",
            f"Le bailleur de fonds demande une résolution, et le {fr} ne se réunit qu’à des dates établies.",
        )
    )
    report = Work(
        "council-report",
        WorkKind.WORK,
        180,
        Bilingual(f"Write the report to {en}", f"Rédiger le rapport au {fr}"),
        why,
        after=("budget",),
        optional=optional,
    )
    decision = Work(
        "council",
        WorkKind.COUNCIL,
        0,
        Bilingual(
            "Band council resolution" if band else "Resolution of council",
            f"Résolution du {fr}",
        ),
        why,
        after=("council-report",),
        optional=optional,
    )
    return report, decision


def _submit(after: tuple[str, ...]) -> Work:
    return Work(
        "submit",
        WorkKind.SUBMIT,
        60,
        Bilingual("Check everything and submit", "Tout vérifier et présenter la demande"),
        Bilingual(
            "One business day early: portals slow down and files get lost on the last day.",
            f"Un jour ouvrable d’avance{NBSP}: le dernier jour, les portails ralentissent et des fichiers se perdent.",
        ),
        after=after,
    )
