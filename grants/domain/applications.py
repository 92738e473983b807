"""Where an application stands: the states it passes, the moves between them, the columns of the board, and its name.

A state changes only by a move of ``MOVES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from grants.domain.bilingual import Bilingual, alike
from grants.domain.communities import CommunityKind
from grants.domain.phrases import NBSP


def name_of(typed: str, program: Bilingual, stream: Bilingual | None, told: str | None) -> Bilingual:
    """Name an application: as a person typed, the same in both languages, else after what it is for.

    Args:
        typed: the title that a person gave; empty where nobody did.
        program: the program's name.
        stream: the stream's own name, if it has one.
        told: the round, as the funder writes it; ``None`` where none was chosen or it has no name.
    """
    if typed:
        return alike(typed)
    en, fr = program.en, program.fr
    if stream is not None:
        en, fr = f"{en}, {stream.en}", f"{fr}, {stream.fr}"
    return Bilingual(f"{en} ({told})", f"{fr} ({told})") if told else Bilingual(en, fr)


class State(StrEnum):
    """Where an application stands."""

    CONSIDERING = "considering"
    GO = "go"
    NO_GO = "no-go"
    DRAFTING = "drafting"
    INTERNAL_REVIEW = "internal-review"
    COUNCIL_APPROVAL = "council-approval"
    SUBMITTED = "submitted"
    QUESTIONS = "questions"
    AWARDED = "awarded"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REPORTING = "reporting"
    CLOSED = "closed"


class Column(StrEnum):
    """A column of the board."""

    CONSIDERING = "considering"
    PREPARING = "preparing"
    APPROVAL = "approval"
    WITH_FUNDER = "with-funder"
    AWARDED = "awarded"
    OVER = "over"


COLUMNS: Mapping[Column, tuple[State, ...]] = MappingProxyType(
    {
        Column.CONSIDERING: (State.CONSIDERING,),
        Column.PREPARING: (State.GO, State.DRAFTING),
        Column.APPROVAL: (State.INTERNAL_REVIEW, State.COUNCIL_APPROVAL),
        Column.WITH_FUNDER: (State.SUBMITTED, State.QUESTIONS),
        Column.AWARDED: (State.AWARDED, State.REPORTING),
        Column.OVER: (State.NO_GO, State.DECLINED, State.WITHDRAWN, State.CLOSED),
    }
)
"""The columns of the board from left to right, each with its states; every state stands in one."""

COLUMN_WORDS: Mapping[Column, Bilingual] = MappingProxyType(
    {
        Column.CONSIDERING: Bilingual("Considering", "À l’étude"),
        Column.PREPARING: Bilingual("Preparing", "En préparation"),
        Column.APPROVAL: Bilingual("Review and approval", "Révision et approbation"),
        Column.WITH_FUNDER: Bilingual("With the funder", "Chez le bailleur de fonds"),
        Column.AWARDED: Bilingual("Awarded and reporting", "Accordées, rapports à remettre"),
        Column.OVER: Bilingual("Over", "Terminées"),
    }
)

_COLUMN_OF = {state: column for column, states in COLUMNS.items() for state in states}
_BEFORE_SUBMISSION = frozenset({Column.CONSIDERING, Column.PREPARING, Column.APPROVAL})

_STATE_WORDS: dict[State, Bilingual] = {
    State.CONSIDERING: Bilingual("considering", "à l’étude"),
    State.GO: Bilingual("go", "feu vert"),
    State.NO_GO: Bilingual("no-go", "sans suite"),
    State.DRAFTING: Bilingual("drafting", "rédaction"),
    State.INTERNAL_REVIEW: Bilingual("internal review", "révision interne"),
    State.COUNCIL_APPROVAL: Bilingual("council approval", "approbation du conseil"),
    State.SUBMITTED: Bilingual("submitted", "présentée"),
    State.QUESTIONS: Bilingual("questions from the funder", "questions du bailleur de fonds"),
    State.AWARDED: Bilingual("awarded", "accordée"),
    State.DECLINED: Bilingual("declined", "refusée"),
    State.WITHDRAWN: Bilingual("withdrawn", "retirée"),
    State.REPORTING: Bilingual("reporting", "rapports à remettre"),
    State.CLOSED: Bilingual("closed", "fermée"),
}

_BAND_APPROVAL = Bilingual("band council approval", "approbation du conseil de bande")

_FREELY: dict[State, tuple[State, ...]] = {
    State.CONSIDERING: (State.GO,),
    State.GO: (State.DRAFTING,),
    # A small fund needs no review, and a town with one member of staff has nobody else to review.
    State.DRAFTING: (State.INTERNAL_REVIEW, State.COUNCIL_APPROVAL, State.SUBMITTED),
    State.INTERNAL_REVIEW: (State.COUNCIL_APPROVAL, State.SUBMITTED),
    State.COUNCIL_APPROVAL: (State.SUBMITTED,),
    State.SUBMITTED: (State.QUESTIONS, State.AWARDED),
    State.QUESTIONS: (State.SUBMITTED, State.AWARDED),
    State.AWARDED: (State.REPORTING, State.CLOSED),
    State.DECLINED: (State.CLOSED,),
    State.WITHDRAWN: (State.CLOSED,),
    State.REPORTING: (State.CLOSED,),
}
_WITH_REASON: dict[State, tuple[State, ...]] = {
    # Nothing was begun that could be withdrawn: what is only considered ends as a no-go.
    State.CONSIDERING: (State.NO_GO,),
    State.GO: (State.CONSIDERING, State.NO_GO, State.WITHDRAWN),
    State.NO_GO: (State.CONSIDERING,),
    State.DRAFTING: (State.GO, State.WITHDRAWN),
    State.INTERNAL_REVIEW: (State.DRAFTING, State.WITHDRAWN),
    State.COUNCIL_APPROVAL: (State.INTERNAL_REVIEW, State.DRAFTING, State.WITHDRAWN),
    # A funder may send an application back, and a person may choose the wrong state.
    State.SUBMITTED: (State.DRAFTING, State.DECLINED, State.WITHDRAWN),
    State.QUESTIONS: (State.DECLINED, State.WITHDRAWN),
    State.AWARDED: (State.SUBMITTED,),
    State.DECLINED: (State.SUBMITTED,),
    State.WITHDRAWN: (State.CONSIDERING,),
    State.REPORTING: (State.AWARDED,),
}

MOVES: Mapping[State, Mapping[State, bool]] = MappingProxyType(
    {
        state: MappingProxyType(
            dict.fromkeys(_FREELY.get(state, ()), False) | dict.fromkeys(_WITH_REASON.get(state, ()), True)
        )
        for state in State
    }
)
"""The legal moves: from a state to those that may follow, each with whether it wants a reason.

An ending against the wish (no-go, declined, withdrawn), a reopening and a step back want one. Closed is the end.
"""


class Fault(StrEnum):
    """Why a move is refused."""

    SAME_STATE = "same-state"
    NO_SUCH_MOVE = "no-such-move"
    REASON_MISSING = "reason-missing"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong by name, and the sentence that says what, why and what to do."""

    fault: Fault
    words: Bilingual


def state_words(state: State, kind: CommunityKind = "municipality") -> Bilingual:
    """Name a state; the council of a First Nation is a band council."""
    if state is State.COUNCIL_APPROVAL and kind == "first-nation":
        return _BAND_APPROVAL
    return _STATE_WORDS[state]


def column_of(state: State) -> Column:
    """Give the column of the board that a state stands in."""
    return _COLUMN_OF[state]


def is_over(state: State) -> bool:
    """Tell whether nothing is left to be done: declined, withdrawn, closed or never begun."""
    return _COLUMN_OF[state] is Column.OVER


def is_before_submission(state: State) -> bool:
    """Tell whether the application is still to be submitted, so that its closing date matters."""
    return _COLUMN_OF[state] in _BEFORE_SUBMISSION


def check_move(frm: State, to: State, reason: str, kind: CommunityKind = "municipality") -> Refusal | None:
    """Tell why an application may not move from one state to another; ``None`` where it may.

    Args:
        frm: the state it is in.
        to: the state that is wanted.
        reason: why, in somebody's own words; may be empty where the move wants none.
        kind: whose application it is, for the name of its council.
    """
    here, there = state_words(frm, kind), state_words(to, kind)
    if frm is to:
        return Refusal(
            Fault.SAME_STATE,
            Bilingual(
                f"The application is already in the state “{here.en}”. Somebody may have moved it just before you.",
                f"La demande est déjà à l’état «{NBSP}{here.fr}{NBSP}». "
                "Quelqu’un l’a peut-être déplacée juste avant vous.",
            ),
        )
    if to not in MOVES[frm]:
        if not MOVES[frm]:
            after = Bilingual(
                "It is the end: begin a new application instead.",
                f"C’est la fin{NBSP}: commencez plutôt une nouvelle demande.",
            )
        else:
            nexts = [state_words(each, kind) for each in MOVES[frm]]
            after = Bilingual(
                f"From here it can go to: {'; '.join(each.en for each in nexts)}.",
                f"D’ici, elle peut passer à{NBSP}: {'; '.join(each.fr for each in nexts)}.",
            )
        return Refusal(
            Fault.NO_SUCH_MOVE,
            Bilingual(
                f"An application cannot go from “{here.en}” to “{there.en}”. {after.en}",
                f"Une demande ne peut pas passer de «{NBSP}{here.fr}{NBSP}» à «{NBSP}{there.fr}{NBSP}». {after.fr}",
            ),
        )
    if MOVES[frm][to] and not reason.strip():
        return Refusal(
            Fault.REASON_MISSING,
            Bilingual(
                f"Say why the application goes from “{here.en}” to “{there.en}”: people who read this "
                "later will want to know.",
                f"Dites pourquoi la demande passe de «{NBSP}{here.fr}{NBSP}» à «{NBSP}{there.fr}{NBSP}»{NBSP}: "
                "on se le demandera plus tard.",
            ),
        )
    return None
