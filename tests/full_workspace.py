"""A community with one row of everything that is kept of it, for tests that must forget no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy.orm import Session

from grants.domain.applications import State
from grants.domain.people import Role
from grants.domain.reminders import Kind
from grants.domain.works import WorkKind
from grants.services import people
from grants.services.events import What, record
from grants.store.applications import (
    ApplicationRow,
    NoteEditRow,
    NoteRow,
    RequirementRow,
    TaskRow,
)
from grants.store.feedback import IrrelevantRow, ReadingRow
from grants.store.feeds import FeedRow
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, Reason, ReminderRow, ReminderState
from grants.store.sessions import InvitationRow
from grants.store.statements import StatementRow
from grants.store.tracking import TrackedRow
from grants.store.workspaces import DeletionRow, DocumentRow, MeetingRow, OpeningRow, ShareRow

STREAM = "csp-grant-local-priorities"
PROGRAM = "csp-grant"


@dataclass(frozen=True, slots=True)
class Full:
    """The numbers of what :func:`fill` made, and the secrets that no answer of the system may hold."""

    community: str
    lead: int
    writer: int
    staff: int
    application: int
    task: int
    requirement: int
    note: int
    document: int
    meeting: int
    share: int
    invitation: int
    lead_invitation: int
    staff_invitation: int
    feed: int
    letter: int
    secrets: tuple[str, ...]


def fill(session: Session, community: str, now: datetime, *, stream: str = STREAM, intake: str | None = None) -> Full:
    """Make a lead, a writer, a member of staff, and one row of everything, inside a write unit.

    Args:
        session: an open write unit on a seeded database.
        community: whose; the addresses of the people begin with its key.
        now: when all of it was made.
        stream: what the application is for.
        intake: its round, where it is for one.
    """

    def person(kind: str, role: Role, place: str | None = None) -> int:
        email = f"{community}-{kind}@x.example"
        return people.add(session, email, role, now, community=place, name=f"{kind.title()} of {community}").id

    lead = person("lead", Role.LEAD, community)
    writer = person("writer", Role.WRITER, community)
    staff = person("editor", Role.EDITOR)
    secrets = tuple(
        sha256(f"{kind} of {community}".encode()).hexdigest() for kind in ("invitation", "lead", "staff", "feed")
    )

    application = ApplicationRow(
        community=community,
        uuid=str(uuid4()),
        stream=stream,
        intake=intake,
        title=f"Youth hub of {community}",
        state=State.DRAFTING.value,
        owner=writer,
        target_on=now.date() + timedelta(days=40),
        asked=12_345_67,
        own=1_000_00,
        other=50,
        reference=f"REF-{community}",
        created_by=lead,
        created_at=now,
        modified_at=now,
    )
    meeting = MeetingRow(
        community=community, uuid=str(uuid4()), body="council", on=date(2026, 12, 8), created_at=now, modified_at=now
    )
    document = DocumentRow(
        community=community,
        kind="insurance",
        title=f"Insurance of {community}",
        kept_at="Binder 4",
        created_by=lead,
        created_at=now,
        modified_at=now,
    )
    session.add_all((application, meeting, document))
    session.flush()
    task = TaskRow(
        community=community,
        uuid=str(uuid4()),
        application=application.id,
        kind=WorkKind.COUNCIL.value,
        title={"en": f"Resolution of {community}", "fr": f"Résolution de {community}"},
        place=1,
        owner=writer,
        minutes=60,
        after=[],
        due_on=date(2026, 12, 8),
        meeting=meeting.id,
        created_at=now,
        modified_at=now,
    )
    requirement = RequirementRow(
        community=community,
        application=application.id,
        place=1,
        wording={"en": "Proof of insurance", "fr": "Preuve d’assurance"},
        document=document.id,
    )
    note = NoteRow(
        community=community, application=application.id, author=writer, at=now, text=f"Secret thought of {community}"
    )
    share = ShareRow(community=community, application=application.id, shared_by=lead, shared_at=now)
    invitation, lead_invitation, staff_invitation = (
        InvitationRow(
            email=f"{community}-{kind}@x.example",
            community=place,
            role=role.value,
            token_hash=secret,
            invited_by=lead,
            made_at=now,
            expires_at=now + timedelta(days=14),
        )
        for kind, role, place, secret in (
            ("guest", Role.WRITER, community, secrets[0]),
            ("next", Role.LEAD, community, secrets[1]),
            ("helper", Role.EDITOR, None, secrets[2]),
        )
    )
    feed = FeedRow(person=lead, community=community, token_hash=secrets[3], made_at=now)
    letter = OutboxRow(
        person=writer,
        recipient=f"{community}-writer@x.example",
        reason=Reason.REMINDERS.value,
        state=MailState.DEFERRED.value,
        message_id=f"<{uuid4()}@x.example>",
        subject=f"Resolution of {community}",
        text=f"Resolution of {community} is due",
        html=f"<p>Resolution of {community} is due</p>",
        attempts=1,
        created_at=now,
        next_try_at=now + timedelta(days=30),
        expires_at=now + timedelta(days=60),
    )
    session.add_all((task, requirement, note, share, invitation, lead_invitation, staff_invitation, feed, letter))
    session.flush()
    session.add_all(
        (
            NoteEditRow(community=community, note=note.id, before="An earlier thought", by=writer, at=now),
            OpeningRow(community=community, share=share.id, person=staff, at=now),
            StatementRow(
                community=community, kind="fact", key="council-resolution", holds=True, said_by=lead, said_at=now
            ),
            ReadingRow(community=community, priority="Youth", concepts=["youth"], person=lead, at=now),
            IrrelevantRow(community=community, priority="Youth", program=PROGRAM, concepts=[], person=lead, at=now),
            TrackedRow(person=writer, task=task.id, community=community, since=now, told={}),
            ReminderRow(
                person=writer,
                task=task.id,
                stage="task",
                kind=Kind.LEAD.value,
                lead=3,
                version=1,
                due_at=now,
                state=ReminderState.QUEUED.value,
                letter=letter.id,
                created_at=now,
            ),
        )
    )
    record(session, community, What.BEGUN, lead, now, application=application.id)
    session.flush()
    return Full(
        community=community,
        lead=lead,
        writer=writer,
        staff=staff,
        application=application.id,
        task=task.id,
        requirement=requirement.id,
        note=note.id,
        document=document.id,
        meeting=meeting.id,
        share=share.id,
        invitation=invitation.id,
        lead_invitation=lead_invitation.id,
        staff_invitation=staff_invitation.id,
        feed=feed.id,
        letter=letter.id,
        secrets=secrets,
    )


def ask_deletion(session: Session, full: Full, due: datetime) -> DeletionRow:
    """Note that a lead asked for the deletion of a workspace."""
    row = DeletionRow(community=full.community, asked_by=full.lead, asked_at=due, due_at=due, counts={})
    session.add(row)
    session.flush()
    return row


def name_of(session: Session, person: int) -> str:
    """Give a person's name."""
    return session.get_one(PersonRow, person).name
