"""What an application settles: the work that is over and the closings that are met once it was submitted or given up.

The page of a community, its calendar feed, its sheets and the reminders all read this one rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from grants.domain.applications import Column, State, column_of, is_before_submission, is_over
from grants.domain.reminders import Duty
from grants.domain.works import WorkKind


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an application stands, as far as it settles anything.

    ``submitted`` is the moment it was submitted, UTC; ``None``: it never was, or was reopened since.
    """

    state: State
    submitted: datetime | None

    @property
    def given_up(self) -> bool:
        """Whether it ended without having been submitted."""
        return is_over(self.state) and self.submitted is None


def submitted_at(moves: Iterable[tuple[datetime, State, State]]) -> datetime | None:
    """Give the moment an application was submitted; ``None`` where it was not, or was reopened since.

    Back from the funder's questions, or from an answer that was taken back, it was submitted long before.

    Args:
        moves: when it moved, from which state, to which; the oldest first.
    """
    found = None
    for at, before, after in moves:
        if is_before_submission(after):
            found = None
        elif after is State.SUBMITTED and (is_before_submission(before) or found is None):
            found = at
    return found


def work_is_over(kind: WorkKind, made: datetime, standing: Standing) -> bool:
    """Tell whether an open task needs nobody any more: it was for submitting, and that is done, or all is over.

    Reports are for afterwards, and so is whatever somebody added after the application was submitted.

    Args:
        kind: what sort of task.
        made: when it was added.
        standing: of its application.
    """
    if is_over(standing.state):
        return True
    if is_before_submission(standing.state) or kind is WorkKind.REPORT:
        return False
    return standing.submitted is None or made <= standing.submitted


@dataclass(frozen=True, slots=True)
class Applied:
    """What a community's applications for one intake mean to somebody who follows its dates.

    ``begun``: they follow it because they began one of these applications; nobody asked for it by itself.
    """

    standings: tuple[Standing, ...] = ()
    begun: bool = False

    @property
    def given_up(self) -> bool:
        """Whether every application ended without having been submitted."""
        return bool(self.standings) and all(each.given_up for each in self.standings)

    @property
    def ended(self) -> bool:
        """Whether its dates are followed no longer, because it was for the sake of what was given up."""
        return self.begun and self.given_up

    def settle(self, dues: Sequence[Duty]) -> tuple[Duty, ...]:
        """Mark the duties of the intake that are met: by every application that was not given up.

        Where all were given up, what was followed for their sake alone is followed no longer.
        """
        running = [each for each in self.standings if not each.given_up]
        if not running:
            return tuple(replace(duty, met=self.ended) for duty in dues)
        gates = [_gate(dues, each) for each in running]
        return tuple(replace(duty, met=all(duty.closes <= gate for gate in gates)) for duty in dues)


NOT_APPLIED = Applied()
_NEVER = datetime.min.replace(tzinfo=UTC)
_ALL = datetime.max.replace(tzinfo=UTC)


def _gate(dues: Iterable[Duty], standing: Standing) -> datetime:
    """Give the last closing that an application meets: the one that was next when it was submitted.

    While the funder has not decided, a later stage may still want an application of its own.
    """
    if standing.submitted is None or is_before_submission(standing.state):
        return _NEVER
    if column_of(standing.state) is not Column.WITH_FUNDER:
        return _ALL
    ahead = [duty.closes for duty in dues if not duty.opens and duty.closes >= standing.submitted]
    return min(ahead, default=_ALL)
