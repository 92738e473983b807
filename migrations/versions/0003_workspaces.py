"""Workspaces: sign-ins, invitations, applications, tasks, documents, meetings, feeds.

Revision: 0003, after 0002.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_last_at"), ["last_at"], unique=False)

    op.create_table(
        "deletion",
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_deletion_asked_by_person")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_deletion_community_community")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_deletion_withdrawn_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion")),
    )
    with op.batch_alter_table("deletion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deletion_community"), ["community"], unique=False)

    op.create_table(
        "document",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kept_at", sa.String(length=500), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_document_community_community")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_document_created_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_community"), ["community"], unique=False)

    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_feed_community_community")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_feed_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_token_hash")),
    )
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_person"), ["person"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_invitation_accepted_by_person")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_invitation_community_community")),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_community"), ["community"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_email"), ["email"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("papers_days", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_meeting_community_community")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("uuid", name=op.f("uq_meeting_uuid")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_community"), ["community"], unique=False)

    op.create_table(
        "signed_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("community", sa.String(length=200), nullable=True),
        sa.Column("agent", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_signed_in_community_community")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_signed_in_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signed_in_token_hash")),
    )
    with op.batch_alter_table("signed_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_in_person"), ["person"], unique=False)

    op.create_table(
        "application",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("stream", sa.String(length=200), nullable=False),
        sa.Column("intake", sa.String(length=200), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=True),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=True),
        sa.Column("own", sa.BigInteger(), nullable=True),
        sa.Column("other", sa.BigInteger(), nullable=True),
        sa.Column("awarded", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_application_community_community")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_application_created_by_person")),
        sa.ForeignKeyConstraint(["intake"], ["intake.key"], name=op.f("fk_application_intake_intake")),
        sa.ForeignKeyConstraint(["owner"], ["person.id"], name=op.f("fk_application_owner_person")),
        sa.ForeignKeyConstraint(["stream"], ["stream.key"], name=op.f("fk_application_stream_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("uuid", name=op.f("uq_application_uuid")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_community"), ["community"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_intake"), ["intake"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_stream"), ["stream"], unique=False)

    op.create_table(
        "event",
        sa.Column("application", sa.Integer(), nullable=True),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["application"], ["application.id"], name=op.f("fk_event_application_application")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_event_community_community")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_event_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_application"), ["application"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_community"), ["community"], unique=False)

    op.create_table(
        "note",
        sa.Column("application", sa.Integer(), nullable=False),
        sa.Column("author", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["application"], ["application.id"], name=op.f("fk_note_application_application")),
        sa.ForeignKeyConstraint(["author"], ["person.id"], name=op.f("fk_note_author_person")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_note_community_community")),
        sa.ForeignKeyConstraint(["edited_by"], ["person.id"], name=op.f("fk_note_edited_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_application"), ["application"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_community"), ["community"], unique=False)

    op.create_table(
        "requirement",
        sa.Column("application", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("wording", sa.JSON(), nullable=False),
        sa.Column("document", sa.Integer(), nullable=True),
        sa.Column("settled", sa.String(length=20), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"], ["application.id"], name=op.f("fk_requirement_application_application")
        ),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_requirement_community_community")),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name=op.f("fk_requirement_document_document")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_requirement_settled_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement")),
    )
    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requirement_application"), ["application"], unique=False)
        batch_op.create_index(batch_op.f("ix_requirement_community"), ["community"], unique=False)

    op.create_table(
        "share",
        sa.Column("application", sa.Integer(), nullable=False),
        sa.Column("shared_by", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["application"], ["application.id"], name=op.f("fk_share_application_application")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_share_community_community")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_share_ended_by_person")),
        sa.ForeignKeyConstraint(["shared_by"], ["person.id"], name=op.f("fk_share_shared_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
    )
    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_share_application"), ["application"], unique=False)
        batch_op.create_index(batch_op.f("ix_share_community"), ["community"], unique=False)
        batch_op.create_index(
            "ix_share_standing",
            ["application"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "task",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("application", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Integer(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["application"], ["application.id"], name=op.f("fk_task_application_application")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_task_community_community")),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_task_done_by_person")),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.id"], name=op.f("fk_task_meeting_meeting")),
        sa.ForeignKeyConstraint(["owner"], ["person.id"], name=op.f("fk_task_owner_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("uuid", name=op.f("uq_task_uuid")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_application"), ["application"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_community"), ["community"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_owner"), ["owner"], unique=False)

    op.create_table(
        "note_edit",
        sa.Column("note", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_note_edit_by_person")),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_note_edit_community_community")),
        sa.ForeignKeyConstraint(["note"], ["note.id"], name=op.f("fk_note_edit_note_note")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_edit")),
    )
    with op.batch_alter_table("note_edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_edit_community"), ["community"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_edit_note"), ["note"], unique=False)

    op.create_table(
        "opening",
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_opening_community_community")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_opening_person_person")),
        sa.ForeignKeyConstraint(["share"], ["share.id"], name=op.f("fk_opening_share_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
    )
    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opening_community"), ["community"], unique=False)
        batch_op.create_index(batch_op.f("ix_opening_share"), ["share"], unique=False)

    with op.batch_alter_table("catalogue_revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.String(length=36), server_default="", nullable=False))
        batch_op.drop_column("number")

    with op.batch_alter_table("mail_hold", schema=None) as batch_op:
        batch_op.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("released_by", sa.String(length=254), nullable=True))

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weekly_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("totp_secret", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("totp_counter", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recovery_codes", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("quiet_days", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("digest", sa.String(length=10), server_default="daily", nullable=False))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.add_column(sa.Column("task", sa.Integer(), nullable=True))
        batch_op.alter_column("intake", existing_type=sa.VARCHAR(length=200), nullable=True)
        batch_op.create_index(batch_op.f("ix_reminder_task"), ["task"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_reminder_person_task_stage_kind_lead_version"),
            ["person", "task", "stage", "kind", "lead", "version"],
        )
        batch_op.create_foreign_key(batch_op.f("fk_reminder_task_task"), "task", ["task"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_reminder_one_of_two"), "(intake IS NULL) <> (task IS NULL)")

    with op.batch_alter_table("tracked", schema=None) as batch_op:
        batch_op.add_column(sa.Column("task", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("community", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("gone", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("leads", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("quiet_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("acknowledged", sa.Integer(), nullable=True))
        batch_op.alter_column("intake", existing_type=sa.VARCHAR(length=200), nullable=True)
        batch_op.create_index(batch_op.f("ix_tracked_task"), ["task"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_tracked_person_task"), ["person", "task"])
        batch_op.create_foreign_key(batch_op.f("fk_tracked_task_task"), "task", ["task"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_tracked_community_community"), "community", ["community"], ["key"])
        batch_op.create_check_constraint(batch_op.f("ck_tracked_one_of_two"), "(intake IS NULL) <> (task IS NULL)")

    op.execute(sa.text("UPDATE catalogue_revision SET mark = :mark").bindparams(mark=str(uuid4())))


def downgrade() -> None:
    """Go back to the one before."""
    # What is about a task has no place in the tables of before.
    op.execute("DELETE FROM reminder WHERE intake IS NULL")
    op.execute("DELETE FROM tracked WHERE intake IS NULL")
    # There, a row means that mail is held.
    op.execute("DELETE FROM mail_hold WHERE released_at IS NOT NULL")
    with op.batch_alter_table("tracked", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_tracked_one_of_two"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_tracked_community_community"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_tracked_task_task"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_tracked_person_task"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_tracked_task"))
        batch_op.alter_column("intake", existing_type=sa.VARCHAR(length=200), nullable=False)
        batch_op.drop_column("acknowledged")
        batch_op.drop_column("quiet_until")
        batch_op.drop_column("leads")
        batch_op.drop_column("gone")
        batch_op.drop_column("community")
        batch_op.drop_column("task")

    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_reminder_one_of_two"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_reminder_task_task"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_reminder_person_task_stage_kind_lead_version"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_reminder_task"))
        batch_op.alter_column("intake", existing_type=sa.VARCHAR(length=200), nullable=False)
        batch_op.drop_column("task")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("seen_at")
        batch_op.drop_column("digest")
        batch_op.drop_column("quiet_days")
        batch_op.drop_column("recovery_codes")
        batch_op.drop_column("totp_since")
        batch_op.drop_column("totp_counter")
        batch_op.drop_column("totp_secret")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("resent_at")
        batch_op.drop_column("link_until")

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_column("since")
        batch_op.drop_column("weekly_minutes")

    with op.batch_alter_table("mail_hold", schema=None) as batch_op:
        batch_op.drop_column("released_by")
        batch_op.drop_column("released_at")

    with op.batch_alter_table("catalogue_revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.INTEGER(), server_default="1", nullable=False))
        batch_op.drop_column("mark")

    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_share"))
        batch_op.drop_index(batch_op.f("ix_opening_community"))

    op.drop_table("opening")
    with op.batch_alter_table("note_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_edit_note"))
        batch_op.drop_index(batch_op.f("ix_note_edit_community"))

    op.drop_table("note_edit")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_owner"))
        batch_op.drop_index(batch_op.f("ix_task_community"))
        batch_op.drop_index(batch_op.f("ix_task_application"))

    op.drop_table("task")
    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_share_standing", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_share_community"))
        batch_op.drop_index(batch_op.f("ix_share_application"))

    op.drop_table("share")
    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requirement_community"))
        batch_op.drop_index(batch_op.f("ix_requirement_application"))

    op.drop_table("requirement")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_community"))
        batch_op.drop_index(batch_op.f("ix_note_application"))

    op.drop_table("note")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_community"))
        batch_op.drop_index(batch_op.f("ix_event_at"))
        batch_op.drop_index(batch_op.f("ix_event_application"))

    op.drop_table("event")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_stream"))
        batch_op.drop_index(batch_op.f("ix_application_intake"))
        batch_op.drop_index(batch_op.f("ix_application_community"))

    op.drop_table("application")
    with op.batch_alter_table("signed_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_in_person"))

    op.drop_table("signed_in")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_community"))

    op.drop_table("meeting")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_email"))
        batch_op.drop_index(batch_op.f("ix_invitation_community"))

    op.drop_table("invitation")
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_person"))

    op.drop_table("feed")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_community"))

    op.drop_table("document")
    with op.batch_alter_table("deletion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deletion_community"))

    op.drop_table("deletion")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_last_at"))

    op.drop_table("attempt")
