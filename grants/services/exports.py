"""Everything a community has here, in open formats, and its applications and deadlines as tables.

The archive is worked out from the tables themselves (:mod:`grants.store.holdings`), so nothing is forgotten when one is
added. It holds no secret: what opens an invitation or a calendar feed is never written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Column as TableColumn
from sqlalchemy import Date, Integer, Table, select
from sqlalchemy.orm import Session

from grants.delivery.archive import json_of, pack
from grants.delivery.spreadsheets import Cell, Column, Kind, Sheet, csv
from grants.domain.agenda import Due, DueKind
from grants.domain.applications import State, state_words
from grants.domain.bilingual import LANGUAGES, Bilingual, Language
from grants.domain.budgets import Budget
from grants.domain.communities import Community
from grants.domain.deadlines import Intake
from grants.domain.phrases import NBSP, Reader, deadline_words
from grants.domain.records import read, write
from grants.services import events
from grants.services.events import What
from grants.store import holdings, tenants
from grants.store.applications import ApplicationRow, titles
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.database import UTCDateTime
from grants.store.people import MembershipRow, PersonRow

DUE_WORDS: Final[Mapping[DueKind, Bilingual]] = {
    DueKind.CLOSING: Bilingual("Closing", "Clôture"),
    DueKind.REPORT: Bilingual("Report to the funder", "Rapport au bailleur de fonds"),
    DueKind.TASK: Bilingual("Task", "Tâche"),
    DueKind.COUNCIL: Bilingual("Meeting", "Réunion"),
    DueKind.PAPERS: Bilingual("Agenda papers for a meeting", "Documents pour une réunion"),
    DueKind.OPENING: Bilingual("Opening", "Ouverture"),
}

MONEY: Final = frozenset({"asked", "own", "other", "awarded"})
"""Columns in whole cents."""

README: Final = Bilingual(
    """The workspace of a community, whole

workspace.json  Everything, as it is kept. "community" is the community; "members" are the people who work for it;
                under "tables" each table is a list of rows. Moments are in UTC, money in whole cents. Beside each
                number of a person stands their name; each application bears its name in both languages.
csv/            The same tables for a spreadsheet, one file each. Moments are by the community's clock, money in
                dollars. Text that a spreadsheet could take for a formula has an apostrophe before it.

Not in here, because it is a person's own: their sign-ins, the intakes they track, their calendar feeds.""",
    f"""L’espace de travail d’une collectivité, en entier

workspace.json  Tout, tel que conservé. «{NBSP}community{NBSP}» est la collectivité; «{NBSP}members{NBSP}», les
                personnes qui travaillent pour elle; sous «{NBSP}tables{NBSP}», chaque table est une liste de lignes.
                Les moments sont en temps universel (UTC), les montants en cents. À côté du numéro d’une personne
                figure son nom; chaque demande porte son nom dans les deux langues.
csv/            Les mêmes tables pour un tableur, un fichier chacune. Les moments sont à l’heure de la collectivité,
                les montants en dollars. Un texte qu’un tableur prendrait pour une formule est précédé d’une
                apostrophe.

N’y figure pas ce qui appartient à une personne{NBSP}: ses sessions, les périodes de demande qu’elle suit, ses
calendriers.""",
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """All that is kept of a community at one moment: ``tables`` holds the rows of each table as plain values."""

    community: Community
    at: datetime
    members: Sequence[Mapping[str, Any]]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]


def workspace(session: Session, community: Community, *, by: int, now: datetime) -> Workspace:
    """Read all that is kept of a community, and note who took it.

    Args:
        session: an open write unit, so that everything is of one moment.
        community: whose.
        by: who asks for it.
        now: the moment.
    """
    events.record(session, community.key, What.EXPORTED, by, now)
    session.flush()
    names = dict(session.execute(select(PersonRow.id, PersonRow.name)).all())
    tables = {table.name: _records(session, table, community.key, names) for table in holdings.tables()}
    return Workspace(community, now, _members(session, community.key), tables)


def archive(whole: Workspace, language: Language) -> bytes:
    """Pack a workspace as a zip file; the language says how its CSV files part columns and cents."""
    files = {
        "workspace.json": json_of(
            {
                "community": write(whole.community),
                "exported_at": whole.at,
                "members": whole.members,
                "tables": whole.tables,
            }
        )
    }
    for table in holdings.tables():
        files[f"csv/{table.name}.csv"] = csv(_sheet(table, whole.tables[table.name], whole.community.zone), language)
    return pack(files, whole.at, readme=README)


def _records(session: Session, table: Table, community: str, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Give the rows of a table as plain values, with the name of each person beside their number."""
    people = [column.name for column in table.columns if _is_person(column)]
    called = titles(session, tenants.all_of(session, ApplicationRow, community)) if _is_named(table) else {}
    return [
        {
            **row,
            **{f"{column}_name": names.get(row[column]) for column in people},
            **({f"name_{language}": called[row["id"]].in_(language) for language in LANGUAGES} if called else {}),
        }
        for row in holdings.rows(session, table, community)
    ]


def _is_named(table: Table) -> bool:
    """Tell whether the rows of a table bear a name in each language, beside the title that a person may have typed."""
    return table.name == ApplicationRow.__tablename__


def _is_person(column: TableColumn[Any]) -> bool:
    return any(key.column.table.name == PersonRow.__tablename__ for key in column.foreign_keys)


def _members(session: Session, community: str) -> list[Mapping[str, Any]]:
    found = session.execute(
        select(PersonRow.id, PersonRow.name, PersonRow.email, MembershipRow.role, MembershipRow.since)
        .join(MembershipRow, MembershipRow.person == PersonRow.id)
        .where(MembershipRow.community == community)
        .order_by(PersonRow.id)
    )
    return [
        {"person": number, "name": name, "email": email, "role": role, "since": since}
        for number, name, email, role, since in found
    ]


def _sheet(table: Table, records: Sequence[Mapping[str, Any]], zone: str) -> Sheet:
    columns: list[Column] = []
    for column in table.columns:
        if column.name in holdings.SECRETS:
            continue
        columns.append(_column(column, zone))
        if _is_person(column):
            columns.append(Column(f"{column.name}_name"))
    if _is_named(table):
        columns += [Column(f"name_{language}") for language in LANGUAGES]
    return Sheet(table.name, columns, [[_cell(record[each.title]) for each in columns] for record in records])


def _column(column: TableColumn[Any], zone: str) -> Column:
    if column.name in MONEY:
        return Column(column.name, Kind.MONEY)
    if isinstance(column.type, UTCDateTime):
        return Column(column.name, Kind.MOMENT, zone)
    known: Mapping[type, Kind] = {Integer: Kind.WHOLE, Date: Kind.DATE}
    return Column(column.name, next((kind for each, kind in known.items() if isinstance(column.type, each)), Kind.TEXT))


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    cell: Cell = value
    return cell


# Tables for a spreadsheet ---------------------------------------------------------------------------------------------


def applications(session: Session, community: Community, language: Language) -> Sheet:
    """Give every application of a community as a table in the words of a language, in the order they were begun."""
    rows = tenants.all_of(session, ApplicationRow, community.key)
    called, programs, closings = titles(session, rows), _programs(session, rows), _closings(session, rows, community)
    owned_by = {row.owner for row in rows if row.owner is not None}
    named = select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(owned_by))
    owners = dict(session.execute(named).all())

    def said(en: str, fr: str) -> str:
        return Bilingual(en, fr).in_(language)

    columns = (
        Column(said("Application", "Demande")),
        Column(said("Program", "Programme")),
        Column(said("State", "État")),
        Column(said("Responsible", "Responsable")),
        Column(said("Closing day stated by the funder", "Échéance du bailleur de fonds"), Kind.DATE),
        Column(said("Own target date", "Date visée"), Kind.DATE),
        Column(said("Asked", "Montant demandé"), Kind.MONEY),
        Column(said("Own money", "Fonds propres"), Kind.MONEY),
        Column(said("Other funders", "Autres bailleurs de fonds"), Kind.MONEY),
        Column(said("Total cost", "Coût total"), Kind.MONEY),
        Column(said("Awarded", "Montant accordé"), Kind.MONEY),
        Column(said("Funder’s reference", "Référence du bailleur de fonds")),
        Column(said("Begun", "Début"), Kind.MOMENT, community.zone),
        Column(said("Last change", "Dernière modification"), Kind.MOMENT, community.zone),
    )
    cells: list[list[Cell]] = [
        [
            called[row.id].in_(language),
            programs[row.stream].in_(language),
            state_words(State(row.state), community.kind).in_(language),
            owners.get(row.owner) if row.owner is not None else None,
            closings.get(row.intake) if row.intake is not None else None,
            row.target_on,
            row.asked,
            row.own,
            row.other,
            Budget(row.asked, row.own, row.other or 0).total,
            row.awarded,
            row.reference,
            row.created_at,
            row.modified_at,
        ]
        for row in rows
    ]
    return Sheet(said("Applications", "Demandes"), columns, cells)


def deadlines(dues: Iterable[Due], community: Community, language: Language) -> Sheet:
    """Give what has a day (:func:`grants.services.agenda.agenda`) as a table in the words of a language.

    A moment is by the community's clock; what the funder states stands beside it in words, with the funder's clock.
    """
    reader = Reader(language, community.zone, community.title)

    def said(en: str, fr: str) -> str:
        return Bilingual(en, fr).in_(language)

    columns = (
        Column(said("Day", "Jour"), Kind.DATE),
        Column(said("What", "Quoi")),
        Column(said("Kind", "Genre")),
        Column(said("Application", "Demande")),
        Column(said("Responsible", "Responsable")),
        Column(said("Done or over", "Fait ou passé")),
        Column(said("Last moment", "Dernier moment"), Kind.MOMENT, community.zone),
        Column(said("As the funder states it", "Selon le bailleur de fonds")),
    )
    cells: list[list[Cell]] = [
        [
            due.day,
            due.title.in_(language),
            DUE_WORDS[due.kind].in_(language),
            due.about.in_(language) if due.about is not None else None,
            due.who,
            said("yes", "oui") if due.done else said("no", "non"),
            due.closes,
            deadline_words(due.deadline, reader) if due.deadline is not None else None,
        ]
        for due in dues
    ]
    return Sheet(said("Deadlines", "Échéances"), columns, cells)


def _programs(session: Session, rows: Iterable[ApplicationRow]) -> dict[str, Bilingual]:
    found = session.execute(
        select(StreamRow.key, ProgramRow.record)
        .join(ProgramRow, StreamRow.program == ProgramRow.key)
        .where(StreamRow.key.in_({row.stream for row in rows}))
    )
    return {key: Bilingual(record["name"], record.get("name_fr") or record["name"]) for key, record in found}


def _closings(session: Session, rows: Iterable[ApplicationRow], community: Community) -> dict[str, date | None]:
    wanted = {row.intake for row in rows if row.intake is not None}
    found = session.execute(select(IntakeRow.key, IntakeRow.record).where(IntakeRow.key.in_(wanted)))
    return {key: read(record, Intake).gate(community.classes).closes.date for key, record in found}
