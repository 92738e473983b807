"""Commands of the catalogue and of matching."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from config import ROOT
from grants import clock
from grants.cli.answers import refuse
from grants.domain.bilingual import LANGUAGES, Language
from grants.domain.eligibility import Outcome
from grants.domain.matching import StreamIndex, StreamText, rank
from grants.domain.people import HOME_ZONE
from grants.domain.plans import Priority
from grants.domain.records import BadRecordError
from grants.domain.vocabulary import Vocabulary
from grants.domain.zones import zone
from grants.services import catalogue, matches, seeds, verdicts
from grants.store.database import db, transaction
from grants.store.seed_files import read_seeds, read_vocabulary, write_seeds

SEEDS = ROOT / "seeds"
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("seed")
@click.option("--from", "folder", type=FOLDER, default=SEEDS, help="Where the seed files are.")
@with_appcontext
def seed(folder: Path) -> None:
    """Load the real catalogue, communities, plans and vocabulary; a second time changes nothing."""
    try:
        read = read_seeds(folder)
        with transaction() as session:
            counts = seeds.load(session, read, clock.now())
    except BadRecordError as fault:
        refuse(str(fault))
    for noun, count in counts.items():
        changed = len(count.changed)
        total = count.added + changed + count.unchanged + count.kept
        kept = f", {count.kept} edited here and kept" if count.kept else ""
        click.echo(f"{noun:17} {total:5}  ({count.added} added, {changed} changed{kept})")


@click.command("export")
@click.argument("folder", type=FOLDER)
@with_appcontext
def export(folder: Path) -> None:
    """Write what the database holds as seed files below FOLDER."""
    try:
        files = write_seeds(folder, seeds.collect(db.session()))
    except OSError as fault:
        refuse(f"{folder} cannot be written to: {fault.strerror}.")
    click.echo(f"{files} files written below {folder}")


@click.command("rank")
@click.option(
    "--priorities", "wanted", type=FILE, required=True, help="A JSON list of id, title, description, language."
)
@click.option("--out", type=FILE, help="Where to write; standard output where left out.")
@click.option("--streams", type=FILE, help="Rank the streams of this file instead of the database's.")
@with_appcontext
def rank_priorities(wanted: Path, out: Path | None, streams: Path | None) -> None:
    """Rank every stream for each priority by topic, the best 50 first."""
    priorities = [_priority(record, place) for place, record in enumerate(_list(_json(wanted), wanted))]
    if twice := [key for key, times in Counter(each.key for each in priorities).items() if times > 1]:
        refuse(f"Two priorities have the id {twice[0]!r}.")
    index = _own_index() if streams is None else _index(streams)
    ranked = rank(priorities, index, limit=matches.BEST)
    found = {
        priority.key: [[stream, score] for stream, score in best.scores()]
        for priority, best in zip(priorities, ranked, strict=True)
    }
    _write(found, out)


@click.command("match")
@click.argument("community_id")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to judge at; now where left out.")
@click.option("--all", "everything", is_flag=True, help="List the streams that do not fit as well.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="The language of sentences.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@with_appcontext
def match_community(
    community_id: str, as_of: datetime | None, lang: Language, *, everything: bool, as_json: bool
) -> None:
    """Judge and rank every stream for a community's plan."""
    present = catalogue.present(db.session())
    try:
        community = present.community(community_id)
    except catalogue.NotFoundError as fault:
        refuse(f"{fault} The page of a community shows its id in the address.")
    now = clock.now() if as_of is None else _start_of(as_of.date())
    found = matches.for_community(present, community, matches.priorities_of(present, community), now)
    listed = [each for each in found if everything or each.verdict.outcome is not Outcome.NOT_ELIGIBLE]
    if as_json:
        day = now.astimezone(zone(HOME_ZONE)).date().isoformat()
        advice = verdicts.advise(present, community)
        records = [matches.as_record(each, advice, lang) for each in listed]
        _write({"community": community.key, "as_of": day, "matches": records}, None)
        return
    for each in listed:
        click.echo(f"{each.score:6.2f}  {each.verdict.outcome.value:12}  {each.status.value:14}  {each.stream.key}")


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone(HOME_ZONE)).astimezone(UTC)


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON is anything until it is checked
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))  # Windows begins a file with a mark of its own
    except OSError as fault:
        refuse(f"{path} cannot be read: {fault.strerror}.")
    except RecursionError:
        refuse(f"{path} nests too deeply to be read.")
    except ValueError as fault:
        refuse(f"{path} is not JSON: {fault}.")


def _list(value: object, path: Path) -> list[Any]:
    if not isinstance(value, list):
        refuse(f"{path} should hold a list.")
    return value


def _priority(record: object, place: int) -> Priority:
    if (
        not isinstance(record, dict)
        or not isinstance(record.get("id"), str)
        or not isinstance(record.get("title"), str)
    ):
        refuse(f"Priority {place + 1} should be an object with an id and a title, both text.")
    if not _is_whole(record["id"]):
        refuse(f"The id of priority {place + 1} holds half a character, which no text can hold.")
    description, language = record.get("description"), record.get("language") or "en"
    if description is not None and not isinstance(description, str):
        refuse(f"The description of priority {record['id']!r} should be text or null.")
    if language not in LANGUAGES:
        refuse(f"The language of priority {record['id']!r} should be en or fr, not {language!r}.")
    return Priority(record["id"], record["title"], description, language)


def _is_whole(text: str) -> bool:
    """Say whether a text can be written: JSON can spell half of a pair of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _own_index() -> StreamIndex:
    index = catalogue.topic_index(db.session())
    if not index.keys:
        refuse("The catalogue is empty: run flask seed.")
    return index


def _index(path: Path) -> StreamIndex:
    """Build an index over a file shaped like ``{"streams": [...]}``; the vocabulary is that of the seed files."""
    data = _json(path)
    records = _list(data.get("streams") if isinstance(data, dict) else data, path)
    try:
        texts = [StreamText.from_record(record) for record in records]
    except (KeyError, TypeError, AttributeError) as fault:
        refuse(f"{path} holds a stream that has no key or program: {fault}.")
    if not all(_is_whole(each.key) for each in texts):
        refuse(f"{path} holds a key with half a character, which no text can hold.")
    return StreamIndex.build(texts, Vocabulary(read_vocabulary(SEEDS)))


def _write(value: object, out: Path | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as fault:
        refuse(f"{out} cannot be written: {fault.strerror}.")


COMMANDS = (seed, export, rank_priorities, match_community)
