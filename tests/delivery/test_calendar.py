"""A calendar feed as other people's programs read it: the right instant, one line for one value, the same bytes again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grants.delivery.calendar import Event, etag, write
from grants.domain.bilingual import Language
from grants.domain.deadlines import Deadline, DeadlineKind
from grants.domain.phrases import NBSP
from grants.domain.zones import zone as zone_of

TORONTO, WINNIPEG, ATIKOKAN = "America/Toronto", "America/Winnipeg", "America/Atikokan"
FEEDS = count(1)
CREATED = datetime(2026, 11, 1, 12, tzinfo=UTC)
MODIFIED = datetime(2026, 11, 24, 15, tzinfo=UTC)


def timed(on: date, at: time, zone: str = TORONTO) -> Deadline:
    return Deadline(DeadlineKind.TIMED, on, at, zone)


FIVE = timed(date(2027, 1, 15), time(17))
DAY = Deadline(DeadlineKind.DATE_ONLY, date(2027, 3, 14), None, TORONTO)


def an_event(**changed: Any) -> Event:
    values = {
        "uid": "intake-1@funding.example",
        "sequence": 0,
        "title": "Fund closes",
        "created": CREATED,
        "modified": MODIFIED,
        "applicant_zone": TORONTO,
        "deadline": None if "day" in changed else FIVE,
        **changed,
    }
    return Event(**values)


def feed(*events: Event, language: Language = "en", zone: str = TORONTO, name: str = "Deadlines") -> bytes:
    return write(name, events, language=language, zone=zone, refresh_hours=6)


def as_vobject(content: bytes) -> Any:
    return vobject.readOne(content.decode())


def parsed(content: bytes) -> Any:
    return icalendar.Calendar.from_ical(content)


def only_event(content: bytes) -> Any:
    """Give the one event as vobject, which is not the library that wrote it, reads it."""
    (event,) = as_vobject(content).vevent_list
    return event


def resolved(content: bytes) -> dict[str, datetime]:
    """Resolve every start by the zones that this feed describes: under names that no reader knows or has seen."""
    renamed = re.sub(rb"TZID([=:])", rb"TZID\g<1>%d/" % next(FEEDS), content)
    return {each.uid.value: each.dtstart.value.astimezone(UTC) for each in as_vobject(renamed).vevent_list}


ZONES = st.sampled_from([
    TORONTO, WINNIPEG, ATIKOKAN, "America/Thunder_Bay", "America/Rainy_River", "America/Vancouver", "America/Regina",
    "America/St_Johns", "America/Halifax", "UTC", "Europe/Paris", "Australia/Lord_Howe",
])  # fmt: skip
MOMENTS = st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2036-12-31"))
NEAR_A_CHANGE = st.builds(
    lambda day, minutes: datetime.combine(day, time()) + timedelta(minutes=minutes),
    st.sampled_from([date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7), date(2031, 3, 9)]),
    st.integers(0, 300),
)
DEADLINES = st.builds(
    lambda at, zone: timed(at.date(), at.time().replace(microsecond=0), zone), MOMENTS | NEAR_A_CHANGE, ZONES
)


@given(st.lists(DEADLINES, min_size=1, max_size=5))
@example([timed(date(2026, 2, 1), time(12), WINNIPEG), timed(date(2026, 12, 1), time(12), WINNIPEG)])
@example([timed(date(2026, 12, 1), time(12), WINNIPEG)])
@example([timed(date(2025, 2, 1), time(12), WINNIPEG), timed(date(2027, 1, 5), time(12), WINNIPEG)])
@example([timed(date(2026, 7, 1), time(12), "Europe/Paris"), timed(date(2027, 10, 27), time(12), "Europe/Paris")])
@example([timed(date(2027, 3, 14), time(2, 30)), timed(date(2026, 11, 1), time(1, 30))])
@settings(max_examples=100, deadline=None)
def test_every_reader_finds_the_instant_of_the_deadline(deadlines: list[Deadline]) -> None:
    events = [an_event(uid=str(place), deadline=each) for place, each in enumerate(deadlines)]
    content = feed(*events)
    meant = {str(place): each.instant(TORONTO) for place, each in enumerate(deadlines)}
    assert resolved(content) == meant


def test_the_north_west_keeps_its_new_clock_for_readers_with_one_rule_for_all_years() -> None:
    content = feed(an_event(deadline=timed(date(2026, 12, 1), time(12), WINNIPEG)), zone=WINNIPEG)
    (clock,) = parsed(content).walk("VTIMEZONE")
    assert [(each.name, each["TZOFFSETTO"].td) for each in clock.subcomponents] == [("STANDARD", timedelta(hours=-5))]
    assert resolved(content) == {"intake-1@funding.example": datetime(2026, 12, 1, 17, tzinfo=UTC)}


def test_a_clock_that_changes_is_told_as_two_yearly_rules_and_nothing_else() -> None:
    (clock,) = parsed(feed(an_event())).walk("VTIMEZONE")
    rules = {each.name: each["RRULE"].to_ical() for each in clock.subcomponents}
    assert rules == {
        "STANDARD": b"FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
        "DAYLIGHT": b"FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
    }
    assert b"RDATE" not in feed(an_event())


def test_a_zone_is_described_alike_in_feeds_of_different_years() -> None:
    def described(content: bytes) -> bytes:
        return content[content.index(b"BEGIN:VTIMEZONE") : content.index(b"END:VTIMEZONE")]

    assert described(feed(an_event(deadline=timed(date(2033, 5, 1), time(12))))) == described(feed())


def test_each_zone_in_use_is_described_once_and_the_readers_own_always() -> None:
    events = [
        an_event(uid="1"),
        an_event(uid="2", deadline=timed(date(2027, 2, 1), time(12))),
        an_event(uid="3", deadline=timed(date(2027, 2, 1), time(12), WINNIPEG)),
        an_event(uid="4", day=date(2027, 2, 1), applicant_zone="America/Halifax"),
    ]
    clocks = parsed(feed(*events, zone=ATIKOKAN)).walk("VTIMEZONE")
    assert [str(each["TZID"]) for each in clocks] == [ATIKOKAN, TORONTO, WINNIPEG]


def test_a_timed_deadline_starts_at_its_moment_and_ends_with_that_minute() -> None:
    event = only_event(feed(an_event()))
    assert event.dtstart.value == datetime(2027, 1, 15, 17, tzinfo=zone_of(TORONTO))
    assert event.dtend.value - event.dtstart.value == timedelta(minutes=1)
    assert b"DTSTART;TZID=America/Toronto:20270115T170000\r\n" in feed(an_event())


@pytest.mark.parametrize("at", [time(0), time(23, 59), time(23, 59, 59), time(17, 0, 30)])
def test_a_deadline_stays_on_its_own_day_and_has_a_length(at: time) -> None:
    event = only_event(feed(an_event(deadline=timed(date(2027, 1, 15), at))))
    start, end = (each.replace(tzinfo=None) for each in (event.dtstart.value, event.dtend.value))
    assert start < end <= datetime.fromisoformat("2027-01-16")


def test_the_hour_that_the_clocks_repeat_is_told_in_utc() -> None:
    assert b"DTSTART:20261101T053000Z\r\n" in feed(an_event(deadline=timed(date(2026, 11, 1), time(1, 30))))
    assert b"DTSTART:20261101T045900Z\r\n" in feed(an_event(deadline=timed(date(2026, 11, 1), time(0, 59))))
    assert b"DTSTART;TZID=America/Toronto:20261101T005800\r\n" in feed(
        an_event(deadline=timed(date(2026, 11, 1), time(0, 58)))
    )


def test_an_applicant_local_deadline_is_told_by_the_applicants_clock() -> None:
    deadline = Deadline(DeadlineKind.APPLICANT_LOCAL, date(2027, 7, 1), time(16))
    content = feed(an_event(deadline=deadline, applicant_zone=WINNIPEG))
    assert b"DTSTART;TZID=America/Winnipeg:20270701T160000" in content
    assert resolved(content)["intake-1@funding.example"] == deadline.instant(WINNIPEG)


@pytest.mark.parametrize("changed", [
    {"deadline": DAY},
    {"deadline": Deadline(DeadlineKind.POSTMARKED, date(2027, 3, 14))},
    {"day": date(2027, 3, 14)},
], ids=["date-only", "postmarked", "own day"])  # fmt: skip
def test_a_day_is_an_entry_of_that_whole_day(changed: dict[str, Any]) -> None:
    event = only_event(feed(an_event(**changed)))
    assert (event.dtstart.value, event.dtend.value) == (date(2027, 3, 14), date(2027, 3, 15))
    assert event.transp.value == "TRANSPARENT"


def rings(content: bytes, zone: str) -> list[datetime]:
    """Give the wall times at which a reader in a zone hears the alarms of the one event."""
    event = only_event(content)
    start = event.dtstart.value
    wall = (
        start.astimezone(zone_of(zone)).replace(tzinfo=None)
        if isinstance(start, datetime)
        else datetime.combine(start, time())
    )
    return [wall + each.trigger.value for each in event.contents.get("valarm", ())]


def at_half_past_eight(*days: str) -> list[datetime]:
    return [datetime.fromisoformat(f"{day}T08:30") for day in days]


@pytest.mark.parametrize(("changed", "zone", "mornings"), [
    ({}, TORONTO, ("2027-01-08", "2027-01-14", "2027-01-15")),
    ({}, "America/Vancouver", ("2027-01-08", "2027-01-14", "2027-01-15")),
    ({"deadline": timed(date(2027, 3, 15), time(0))}, TORONTO, ("2027-03-08", "2027-03-14")),
    ({"deadline": timed(date(2027, 3, 15), time(8, 30))}, TORONTO, ("2027-03-08", "2027-03-14")),
    ({"deadline": timed(date(2027, 3, 15), time(2))}, "America/Vancouver", ("2027-03-07", "2027-03-13", "2027-03-14")),
    ({"day": date(2027, 3, 15)}, TORONTO, ("2027-03-08", "2027-03-14", "2027-03-15")),
], ids=["timed", "reader further west", "midnight", "due as the alarm would ring", "still the evening before in the west", "all day"])  # fmt: skip
def test_alarms_ring_at_half_past_eight_on_the_readers_mornings(
    changed: dict[str, Any], zone: str, mornings: Sequence[str]
) -> None:
    content = feed(an_event(alarms=(1, 7, 0, 7), **changed), zone=zone)
    assert rings(content, zone) == at_half_past_eight(*mornings)


def test_a_cancelled_event_says_so_in_status_and_words_and_rings_no_more() -> None:
    english = only_event(feed(an_event(cancelled=True, sequence=3, alarms=(7, 1))))
    assert (english.status.value, english.summary.value, english.sequence.value) == (
        "CANCELLED",
        "Cancelled: Fund closes",
        "3",
    )
    assert "valarm" not in english.contents
    assert only_event(feed(an_event(cancelled=True), language="fr")).summary.value == f"Annulation{NBSP}: Fund closes"


def test_an_entry_carries_what_clients_ask_for() -> None:
    event = only_event(
        feed(
            an_event(
                about=("Up to $50,000", "Closes at 17:00"),
                url="https://funding.example/en/rounds/1?a=1;b,2",
                categories=("Deadline", "a, b"),
            )
        )
    )
    assert event.uid.value == "intake-1@funding.example"
    assert event.status.value == "CONFIRMED"
    assert event.url.value == "https://funding.example/en/rounds/1?a=1;b,2"
    assert event.description.value.split("\n") == ["Up to $50,000", "Closes at 17:00", event.url.value]
    assert [event.dtstamp.value, event.last_modified.value, event.created.value] == [MODIFIED, MODIFIED, CREATED]
    assert list(parsed(feed(an_event(categories=("Deadline", "a, b")))).walk("VEVENT")[0]["CATEGORIES"].cats) == [
        "Deadline",
        "a, b",
    ]


def test_a_calendar_says_its_name_its_zone_and_how_often_to_ask() -> None:
    calendar = parsed(feed(name="Échéances, Kenora", language="fr", zone=WINNIPEG))
    assert [str(calendar[each]) for each in ("NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "METHOD", "VERSION")] == [
        "Échéances, Kenora", "Échéances, Kenora", WINNIPEG, "PUBLISH", "2.0",
    ]  # fmt: skip
    assert str(calendar["PRODID"]).endswith("//FR")
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n" in feed()


def test_a_calendar_of_nothing_is_still_a_calendar() -> None:
    calendar = as_vobject(feed())
    assert "vevent" not in calendar.contents
    assert calendar.vtimezone.tzid.value == TORONTO


def test_the_same_events_give_the_same_bytes_in_any_order() -> None:
    events = [an_event(uid=str(each), deadline=timed(date(2027, 1, 1 + each % 3), time(12))) for each in range(6)]
    content = feed(*events)
    assert feed(*reversed(events)) == content
    assert etag(feed(*reversed(events))) == etag(content)


def test_a_change_changes_the_tag() -> None:
    tags = {etag(feed(an_event(sequence=each))) for each in range(3)}
    assert len(tags) == 3
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in tags)


ANYTHING = st.text() | st.lists(
    st.sampled_from(["\r\n", "\n", "\r", "\u2028", "\x85", "\x00", "\x0b", "\\n", "\\N", "\\", ";", ",", ":", '"', "ATTENDEE:x", "END:VEVENT", "é", "\ud800", " "])
).map("".join)  # fmt: skip


@given(title=ANYTHING, line=ANYTHING, name=ANYTHING, category=ANYTHING)
@example("x\r\nATTENDEE:mailto:a@b.example", "\r\nEND:VEVENT\r\nBEGIN:VEVENT", "\nMETHOD:REQUEST", "\rURL:x")
@settings(max_examples=150, deadline=None)
def test_no_words_write_lines_of_their_own(title: str, line: str, name: str, category: str) -> None:
    content = feed(an_event(title=title, about=(line,), categories=(category,), alarms=(1,)), name=name)
    plain = feed(an_event(title="a", about=("b",), categories=("c",), alarms=(1,)), name="d")

    def properties(written: bytes) -> list[str]:
        return [re.split("[:;]", each)[0] for each in written.decode().replace("\r\n ", "").split("\r\n")]

    assert properties(content) == properties(plain)
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n", content)
    assert len(as_vobject(content).vevent_list) == 1


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\\"), min_size=1))
@example("Fonds d’été, « mieux-être » ; 5 % : " + "échéance à Thunder Bay " * 9)
@settings(max_examples=100, deadline=None)
def test_words_are_read_back_as_they_were(words: str) -> None:
    words = re.sub(" +", " ", words).strip(" ")
    content = feed(an_event(title=words, about=(words, "x")))
    assert only_event(content).summary.value == words
    assert only_event(content).description.value == f"{words}\nx"
    (event,) = parsed(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == words


def test_a_backslash_becomes_a_slash_that_every_reader_reads_alike() -> None:
    content = feed(an_event(title="C:\\New\\notes"))
    (event,) = parsed(content).walk("VEVENT")
    assert only_event(content).summary.value == str(event["SUMMARY"]) == "C:/New/notes"


@given(st.text(st.sampled_from("éàœ«» a’…\u00a0😀漢"), min_size=20, max_size=400))
@settings(max_examples=50, deadline=None)
def test_no_line_is_longer_than_75_octets_and_no_letter_is_torn(words: str) -> None:
    for line in feed(an_event(title=words, about=(words,))).split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


@pytest.mark.parametrize(("changed", "why"), [
    ({"deadline": None}, "wants a deadline or a day"),
    ({"deadline": FIVE, "day": date(2027, 1, 15)}, "wants a deadline or a day"),
    ({"deadline": Deadline(DeadlineKind.ROLLING)}, "has no date"),
    ({"created": datetime.fromisoformat("2026-11-01")}, "must know their zone"),
    ({"modified": datetime.fromisoformat("2026-11-01")}, "must know their zone"),
    ({"sequence": -1}, "below zero"),
    ({"alarms": (7, -1)}, "below zero"),
    ({"uid": ""}, "uid or address"),
    ({"uid": "a\r\nURL:x"}, "uid or address"),
    ({"url": "https://x.example/\r\nATTENDEE:y"}, "uid or address"),
    ({"day": date.max}, "out of every calendar"),
    ({"day": date(202, 1, 15)}, "out of every calendar"),
])  # fmt: skip
def test_what_no_calendar_could_show_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        an_event(**changed)


def test_two_events_never_share_a_uid() -> None:
    with pytest.raises(ValueError, match="share a uid"):
        feed(an_event(), an_event())
