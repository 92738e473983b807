"""Drafts of rules, statements of communities, feedback.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "concept_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concept", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["concept"], ["concept.key"], name=op.f("fk_concept_edit_concept_concept")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_concept_edit_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concept_edit")),
    )
    with op.batch_alter_table("concept_edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concept_edit_concept"), ["concept"], unique=False)

    op.create_table(
        "not_relevant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=200), nullable=False),
        sa.Column("program", sa.String(length=200), nullable=False),
        sa.Column("concepts", sa.JSON(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_not_relevant_community_community")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_not_relevant_person_person")),
        sa.ForeignKeyConstraint(["program"], ["program.key"], name=op.f("fk_not_relevant_program_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_relevant")),
        sa.UniqueConstraint(
            "community", "priority", "program", name=op.f("uq_not_relevant_community_priority_program")
        ),
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=200), nullable=False),
        sa.Column("concepts", sa.JSON(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_reading_community_community")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_reading_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint("community", "priority", name=op.f("uq_reading_community_priority")),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["community"], ["community.key"], name=op.f("fk_statement_community_community")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_statement_ended_by_person")),
        sa.ForeignKeyConstraint(["said_by"], ["person.id"], name=op.f("fk_statement_said_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_community"), ["community"], unique=False)
        batch_op.create_index(
            "ix_statement_standing",
            ["community", "kind", "key"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "rule_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=200), nullable=False),
        sa.Column("author", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("base_rules", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["author"], ["person.id"], name=op.f("fk_rule_draft_author_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_rule_draft_decided_by_person")),
        sa.ForeignKeyConstraint(["stream"], ["stream.key"], name=op.f("fk_rule_draft_stream_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_draft")),
    )
    with op.batch_alter_table("rule_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_draft_author"), ["author"], unique=False)
        batch_op.create_index(batch_op.f("ix_rule_draft_stream"), ["stream"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("rule_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_draft_stream"))
        batch_op.drop_index(batch_op.f("ix_rule_draft_author"))

    op.drop_table("rule_draft")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_statement_standing",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_statement_community"))

    op.drop_table("statement")
    op.drop_table("reading")
    op.drop_table("not_relevant")
    with op.batch_alter_table("concept_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concept_edit_concept"))

    op.drop_table("concept_edit")
