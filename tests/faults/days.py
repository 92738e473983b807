"""Days without a scheduler, nights in which the clocks change, new clock rules, a date that is moved."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path

from config import ROOT
from grants.domain.zones import zone as zone_of
from tests.faults.smtp import CLOSE, Arrival
from tests.faults.world import Outcome, World, people_named, post_office, tally

TORONTO, KENORA, ATIKOKAN = "America/Toronto", "America/Winnipeg", "America/Atikokan"
VANCOUVER, HALIFAX, REGINA = "America/Vancouver", "America/Halifax", "America/Regina"
MORNING = time(8, 30)
PLANNER = "tests.faults.planner"
HALF_HOUR = timedelta(minutes=30)
LEAD_WORDS = {3: "In 3 days", 1: "Tomorrow", 0: "Today"}


def down(world: World, *, letters: int) -> Outcome:
    """The scheduler is off for six days, in which leads come due, a round closes and a date is moved."""
    world.at = datetime(2026, 12, 1, 12, tzinfo=UTC)
    ahead = world.add_intake("ahead", date(2026, 12, 14))  # 7 and, on the way, 10 days before
    closed = world.add_intake("closed", date(2026, 12, 9))
    moved = world.add_intake("moved", date(2026, 12, 16))
    everybody = people_named("p", letters)
    world.follow(everybody, ahead, closed, moved, leads=(10, 7, 3, 1, 0))
    with post_office() as (post, send):
        world.tick(post, send)
        world.at = datetime(2026, 12, 5, 12, tzinfo=UTC)
        world.tick(post, send)
        post.arrivals.clear()
        world.at = datetime(2026, 12, 8, 12, tzinfo=UTC)
        world.move(moved, date(2026, 12, 17))
        world.at = datetime(2026, 12, 11, 12, tzinfo=UTC)
        for _ in range(3):
            world.tick(post, send)
            world.go(minutes=1)
    broken = []
    for letter in post.arrivals:
        stale = [words for words in ("7 days", "10 days", "16 December 2026.") if words in letter.text]
        broken += [f"{letter.recipient} reads {words!r}" for words in stale]
        told = ("in 3 days", "Closed meanwhile", "closed on Wednesday 9 December 2026", "17 December 2026")
        broken += [f"{letter.recipient} does not read {words!r}" for words in told if words not in _all(letter)]
    note = "6 days off: one letter a person, true on the day it comes"
    return tally(everybody, [(each.recipient, each) for each in post.arrivals], note, broken=broken)


def nights(world: World, *, days: Sequence[date]) -> Outcome:
    """Through the nights before given days, a tick every half hour: each reminder once, at 08:30 by its reader's clock."""
    readers = {"toronto": TORONTO, "kenora": KENORA, "atikokan": ATIKOKAN, "vancouver": VANCOUVER}
    funders = {"ontario": (TORONTO, time(17)), "west": (VANCOUVER, time(23, 59)), "early": (TORONTO, time(9))}
    expected, came = set(), []
    with post_office() as (post, send):
        for day in days:
            world.at = datetime.combine(day - timedelta(days=2), time(), tzinfo=UTC)
            for funder, (zone, at) in funders.items():
                intake = world.add_intake(f"{funder}-{day}", day + timedelta(days=1), at, zone)
                for name, reader in readers.items():
                    email = f"{name}-{funder}-{day}@town.example"
                    world.follow([email], intake, zone=reader, leads=(3, 1, 0))
                    closes = datetime.combine(day + timedelta(days=1), at, tzinfo=zone_of(zone))
                    for lead, words in LEAD_WORDS.items():
                        morning = day + timedelta(days=1 - lead)
                        due = _instant(morning, reader)
                        if world.at < due < closes:
                            expected.add((email, f"{morning} {MORNING}", words))
            world.came.clear()
            end = world.at + timedelta(days=4)
            while world.at < end:
                world.tick(post, send)
                world.at += HALF_HOUR
            for each in world.came:
                reader = readers[each.letter.recipient.partition("-")[0]]
                local = each.at.astimezone(zone_of(reader)).replace(tzinfo=None)
                came.append(((each.letter.recipient, str(local), each.letter.subject.partition(":")[0]), each.letter))
    note = f"{', '.join(map(str, days))}; 4 clocks, 3 funders; each at 08:30 by its reader’s clock"
    return tally(expected, came, note)


def _instant(day: date, zone: str) -> datetime:
    """Find the half hour at which clocks of a zone show 08:30 on a day, by looking at every one."""
    begin = datetime.combine(day, time(), tzinfo=UTC)
    wanted = datetime.combine(day, MORNING)
    instants = (begin + number * HALF_HOUR for number in range(64))
    return next(each for each in instants if each.astimezone(zone_of(zone)).replace(tzinfo=None) == wanted)


def new_rules(world: World, *, letters: int) -> Outcome:
    """Reminders planned under another edition of tzdata, which is replaced before, and after, their right instant."""
    evening, morning = datetime(2026, 12, 9, 20, tzinfo=UTC), datetime(2026, 12, 10, 13, 30, tzinfo=UTC)
    # Planned an hour too early, or too late; replaced on the evening before, or when the right instant has just passed.
    cases = (("early", HALIFAX, evening), ("late", REGINA, evening), ("between", REGINA, morning + HALF_HOUR))
    expected, came = set(), []
    with post_office() as (post, send):
        for name, rules, at in cases:
            world.at = datetime(2026, 12, 1, 12, tzinfo=UTC)
            intake, everybody = world.add_intake(name, date(2026, 12, 11)), people_named(f"{name}-", letters)
            _follow_by_other_rules(world, rules, intake, everybody)
            for email in everybody:
                expected |= {(email, max(at, morning), "Tomorrow"), (email, morning + timedelta(days=1), "Today")}
            world.at = at
            world.came.clear()
            while world.at < morning + timedelta(days=2):
                world.tick(post, send)
                world.at += HALF_HOUR
            came += [
                ((each.letter.recipient, each.at, each.letter.subject.partition(":")[0]), each.letter)
                for each in world.came
            ]
    return tally(expected, came, "planned an hour early, an hour late; replaced the day before, in the hour between")


def _follow_by_other_rules(world: World, rules: str, intake: str, emails: Sequence[str]) -> None:
    """Track in a process for which another edition of tzdata is installed: Toronto's clock is that of another place."""
    spec = find_spec("tzdata")
    if spec is None or spec.origin is None:
        raise RuntimeError("tzdata is not installed")
    site = world.folder / f"site-{rules.partition('/')[2]}"
    if not site.exists():
        source, zones = Path(spec.origin).parent / "zoneinfo", site / "tzdata" / "zoneinfo"
        for region in ("America", "Etc"):
            shutil.copytree(source / region, zones / region)
        shutil.copyfile(source / rules, zones / TORONTO)
        for package in (zones.parent, zones):
            (package / "__init__.py").touch()
        about = site / "tzdata-2020.1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tzdata\nVersion: 2020.1\n", encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", PLANNER, world.url, str(world.folder), world.at.isoformat(), intake, *emails],
        cwd=ROOT,
        env={"PYTHONPATH": f"{site}:{ROOT}"},
        check=True,
    )


def moved(world: World, *, letters: int) -> Outcome:
    """A date is moved while letters wait for their turn, after a first try, and while one is being sent."""
    morning = datetime(2026, 12, 4, 13, 30, tzinfo=UTC)
    scripts = {
        "waits": {"banner": ["421 busy"] * letters},
        "put-off": {"RCPT": ["451 later"]},
        "breaks-off": {".": [CLOSE]},
    }
    expected, came = set(), []
    for case in ("waits", "put-off", "breaks-off", "arrives"):
        world.at = datetime(2026, 12, 1, 12, tzinfo=UTC)
        intake = world.add_intake(case, date(2026, 12, 11))
        everybody = people_named(f"{case}-", letters)
        world.follow(everybody, intake, leads=(7,))
        world.at = morning
        begun: list[str] = []  # letters in hand when the date is moved

        def move(step: str, recipient: str, intake: str = intake, begun: list[str] = begun) -> None:
            if step == "." and not begun:
                begun.append(recipient)
                with world.app.app_context():
                    world.move(intake, date(2026, 12, 18))

        sending = case in {"breaks-off", "arrives"}
        script, only = scripts.get(case, {}), everybody[0] if case == "breaks-off" else None
        with post_office(script, only=only, meanwhile=move if sending else None) as (post, send):
            world.tick(post, send)
            if not sending:
                world.move(intake, date(2026, 12, 18))
            for _ in range(letters + 2):
                world.go(minutes=1)
                world.tick(post, send)
            for letter in (each for each in post.arrivals if each.taken):
                old = _tells_old(letter)
                came.append(((letter.recipient, "old" if old else "new"), letter))
            expected |= {(email, "new") for email in everybody} | {(email, "old") for email in begun}
            begun.clear()
    note = "waiting, put off, being sent: the old date is in no letter begun after the commit"
    return tally(expected, came, note)


def _tells_old(letter: Arrival) -> bool:
    lines = [line for line in letter.text.splitlines() if "It was" not in line]
    return any("11 December" in line for line in lines)


def _all(letter: Arrival) -> str:
    return f"{letter.subject}\n{letter.text}"
