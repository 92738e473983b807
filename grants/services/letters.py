"""What letters say. One about deadlines is worked out from the moment it is sent, never from when it was planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grants.delivery.letters import Item, Link, Part, Section, Stationery
from grants.domain import phrases
from grants.domain.bilingual import Bilingual, Language
from grants.domain.deadlines import Deadline, DeadlineKind, StageName
from grants.domain.phrases import NBSP
from grants.domain.records import read
from grants.domain.reminders import OPENING, Duty, Kind, Recipient, days_left, stages
from grants.domain.works import WorkKind
from grants.services.reminders import GIVEN, Concern
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow
from grants.store.tracking import NamedTask, Ref, Subject

STALE = timedelta(days=30)
"""What closed longer ago than this is not told any more."""

EXAMPLE = Bilingual("Example, made up for practice", "Exemple fictif, pour s’exercer")

TASK_TITLES = {
    WorkKind.WORK: Bilingual("to be done", "à faire"),
    WorkKind.REGISTRATION: Bilingual("registration", "inscription"),
    WorkKind.COUNCIL: Bilingual("council meeting", "réunion du conseil"),
    WorkKind.SUBMIT: Bilingual("submission", "présentation de la demande"),
    WorkKind.REPORT: Bilingual("report due", "rapport à remettre"),
}


@dataclass(frozen=True, slots=True)
class News:
    """What one letter tells of one duty: the duty as it stands now (``None``: gone) and the reminders it answers."""

    subject: Subject
    recipient: Recipient
    stage: str
    duty: Duty | None
    reminders: Sequence[ReminderRow]
    before: Deadline | None

    def has(self, *kinds: Kind) -> bool:
        """Whether one of the reminders is of one of these kinds."""
        return any(row.kind in kinds for row in self.reminders)

    @property
    def changed(self) -> bool:
        """Whether a date was moved, added or withdrawn."""
        return self.has(Kind.CHANGED) and not self.given

    @property
    def given(self) -> bool:
        """Whether it is of something that the person did not know at all."""
        return self.has(*GIVEN)

    @property
    def calls(self) -> bool:
        """Whether it calls to mind what ends, and so is pointless when that is over."""
        return self.duty is not None and not self.duty.opens and not self.changed and not self.given

    def closed(self, now: datetime) -> bool:
        """Whether it is too late."""
        return self.duty is not None and not self.duty.opens and self.duty.closes < now


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter about deadlines is worked out from; ``both`` languages are written in a first letter."""

    person: PersonRow
    news: Sequence[News]
    now: datetime
    stationery: Stationery
    both: bool


def gather(reminders: Sequence[ReminderRow], concerns: Mapping[Ref, Concern], now: datetime) -> list[News]:
    """Join the reminders of each duty and look at how it stands now, soonest first.

    Args:
        reminders: those that are due.
        concerns: what their person is to be reminded of, as it stands now; what is not in it is not told.
        now: the moment of sending.
    """
    groups: dict[tuple[Ref, str], list[ReminderRow]] = {}
    for row in reminders:
        if row.ref in concerns:
            groups.setdefault((row.ref, row.stage), []).append(row)
    news = []
    for (ref, stage), rows in groups.items():
        subject, recipient = concerns[ref].subject, concerns[ref].recipient
        duty = next((each for each in subject.dues(recipient) if each.stage == stage), None)
        before = next((read(row.before, Deadline) for row in rows if row.before is not None), None)
        each = News(subject, recipient, stage, duty, rows, before)
        if _still_tells(each, now):
            news.append(each)
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(news, key=lambda each: (each.duty.anchor if each.duty else far, each.subject.title.en, each.stage))


def _still_tells(news: News, now: datetime) -> bool:
    """Tell whether there is anything left to say of a duty."""
    if news.duty is None:
        return news.has(Kind.ASSIGNED) or (news.changed and news.before is not None)
    return news.changed or news.duty.closes >= now - STALE


def about_deadlines(facts: Facts) -> list[Part]:
    """Say what is due, what changed and what closed meanwhile, in the person's language; a first letter in both."""
    other: Language = "fr" if facts.person.speaks == "en" else "en"
    languages = (facts.person.speaks, other) if facts.both else (facts.person.speaks,)
    return [_part(facts, language) for language in languages]


def _part(facts: Facts, language: Language) -> Part:
    changed = [each for each in facts.news if each.changed]
    given = [each for each in facts.news if each.given]
    rest = [each for each in facts.news if not each.changed and not each.given]
    closed = [each for each in rest if each.closed(facts.now)]
    ahead = [each for each in rest if each not in closed]
    headed = (
        (Bilingual("Changed", "Modifications"), changed),
        (Bilingual("New to you", "Nouveau pour vous"), given),
        (Bilingual("Coming up", "À venir"), ahead),
        (_closed_heading(closed), closed),
    )
    sections = [
        Section(heading.in_(language), [_item(facts, each, language) for each in those])
        for heading, those in headed
        if those
    ]
    return Part(
        language=language,
        subject=_subject(facts, (*changed, *given, *ahead, *closed), language),
        greeting=_greeting(facts.person.name, language),
        opening=[
            Bilingual(
                "This is about the deadlines you track.", "Voici des nouvelles des échéances que vous suivez."
            ).in_(language)
            if not any(isinstance(each.subject, NamedTask) for each in facts.news)
            else Bilingual(
                "This is about your deadlines and tasks.", "Voici des nouvelles de vos échéances et de vos tâches."
            ).in_(language)
        ],
        sections=sections,
        closing=[
            Bilingual(
                "Dates can change: check the funder’s own page before you rely on one.",
                "Les dates peuvent changer\u00a0: vérifiez la page du bailleur de fonds avant de vous y fier.",
            ).in_(language)
        ],
        signature=facts.stationery.site.in_(language),
        links=[
            Link(Bilingual("My deadlines", "Mes échéances").in_(language), facts.stationery.page(language, "tracking")),
            Link(
                Bilingual("Stop these reminders", "Ne plus recevoir ces rappels").in_(language),
                facts.stationery.unsubscribe(facts.person.id),
            ),
        ],
    )


def _greeting(name: str, language: Language) -> str:
    greeted = f" {name}" if name else ""
    return Bilingual(f"Hello{greeted},", f"Bonjour{greeted},").in_(language)


def _closed_heading(closed: Sequence[News]) -> Bilingual:
    if closed and all(isinstance(each.subject, NamedTask) for each in closed):
        return Bilingual("Overdue", "En retard")
    if any(isinstance(each.subject, NamedTask) for each in closed):
        return Bilingual("Closed meanwhile or overdue", "Clôture passée ou en retard")
    return Bilingual("Closed meanwhile", "Clôture passée entre-temps")


def _subject(facts: Facts, ordered: Sequence[News], language: Language) -> str:
    colon = f"{NBSP}:" if language == "fr" else ":"
    first = ordered[0]
    said = f"{capital(_lead_words(first, facts.now, language))}{colon} {first.subject.short.in_(language)}"
    others = len(facts.news) - 1
    if not others:
        return said
    more = Bilingual(f"and {others} more", f"et {others} autre{'s' if others > 1 else ''}").in_(language)
    return f"{said} ({more})"


def _lead_words(news: News, now: datetime, language: Language) -> str:
    """Say in two or three words what the weightiest news is."""
    if news.changed:
        return Bilingual("date changed", "date modifiée").in_(language)
    if news.has(Kind.ASSIGNED):
        return Bilingual("new task", "nouvelle tâche").in_(language)
    if news.has(Kind.ROUND):
        return Bilingual("new round", "nouvelle période de demande").in_(language)
    if news.duty is None:
        return ""
    if news.closed(now) and isinstance(news.subject, NamedTask):
        return Bilingual("overdue", "en retard").in_(language)
    if news.closed(now):
        return Bilingual("closed", "clôture passée").in_(language)
    if news.duty.opens:
        return Bilingual("open now", "ouvert maintenant").in_(language)
    return days_words(days_left(news.duty, news.recipient, now), language)


def days_words(days: int, language: Language) -> str:
    """Say in how many days: ``today``, ``tomorrow``, ``in 17 days``."""
    if days == 0:
        return Bilingual("today", "aujourd’hui").in_(language)
    if days == 1:
        return Bilingual("tomorrow", "demain").in_(language)
    return Bilingual(f"in {days} days", f"dans {days}{NBSP}jours").in_(language)


def capital(words: str) -> str:
    """Begin with a capital."""
    return words[:1].upper() + words[1:]


def stage_title(subject: Subject, stage: str, language: Language) -> str:
    """Name what is due: the stage, numbered where the intake has several of the kind; of a task what sort it is."""
    if isinstance(subject, NamedTask):
        return TASK_TITLES[subject.kind].in_(language)
    if stage == OPENING:
        return Bilingual("opening", "ouverture").in_(language)
    known = stages(subject.intake).get(stage)
    name = known.name if known else StageName(stage.rsplit("-", 1)[0] if stage not in set(StageName) else stage)
    return phrases.stage_words(name, language)


def date_words(subject: Subject, deadline: Deadline, reader: phrases.Reader) -> str:
    """Say when something is due; a task has a day and no time, and nobody misses one."""
    if isinstance(subject, NamedTask) and deadline.date is not None:
        return phrases.day(deadline.date, reader.language)
    return phrases.deadline_words(deadline, reader)


_WHY = {
    Kind.JOINED: Bilingual(
        "You began to track this when some of its reminder days had passed; this e-mail replaces them.",
        "Vous suivez cette échéance depuis peu\u00a0: ce courriel tient lieu des rappels déjà passés.",
    ),
    Kind.ASSIGNED: Bilingual("This task was given to you.", "Cette tâche vous a été confiée."),
    Kind.ROUND: Bilingual(
        "A new round was added; you track it because you track an earlier one.",
        "Une nouvelle période de demande s’ajoute; vous la suivez parce que vous en suivez une précédente.",
    ),
    Kind.AGAIN: Bilingual("You had put this reminder off until now.", "Vous aviez remis ce rappel à plus tard."),
}
"""Why a letter comes, where that is not plain from the days that are left."""


def _item(facts: Facts, news: News, language: Language) -> Item:
    lines = _told(facts, news, language)
    lines += [words.in_(language) for kind, words in _WHY.items() if news.has(kind)]
    if news.subject.example:
        lines.append(EXAMPLE.in_(language) + ".")
    return Item(news.subject.title.in_(language), lines, _link(facts, news.subject, language))


def _link(facts: Facts, subject: Subject, language: Language) -> Link:
    """Lead to where the reader sees more: the application of a task, the program of a round that is not made up."""
    if isinstance(subject, NamedTask):
        words = Bilingual("Open the application", "Ouvrir la demande")
        return Link(words.in_(language), facts.stationery.page(language, f"applications/{subject.application}"))
    if subject.example:
        words = Bilingual("My deadlines", "Mes échéances")
        return Link(words.in_(language), facts.stationery.page(language, "tracking"))
    words = Bilingual("About the program", "À propos du programme")
    return Link(words.in_(language), facts.stationery.page(language, f"programs/{subject.program_key}"))


def _told(facts: Facts, news: News, language: Language) -> list[str]:
    reader = phrases.Reader(language, news.recipient.zone)
    stage = capital(stage_title(news.subject, news.stage, language))
    colon = f"{NBSP}:" if language == "fr" else ":"
    after = date_words(news.subject, news.duty.deadline, reader) if news.duty else None
    if news.changed:
        return _change_lines(news, stage + colon, after, reader)
    if news.duty is None or after is None:
        return [Bilingual("It has no date yet.", "Elle n’a pas encore de date.").in_(language)]
    if news.duty.opens:
        return [f"{Bilingual('Opens', 'Ouverture').in_(language)}{colon} {after}."]
    if news.closed(facts.now):
        closed = Bilingual("closed on", "clôture passée,")
        overdue = Bilingual("it was due on", "c’était à faire pour")
        words = overdue if isinstance(news.subject, NamedTask) else closed
        return [f"{stage}{colon} {words.in_(language)} {after}."]
    days = days_words(days_left(news.duty, news.recipient, facts.now), language)
    if news.duty.deadline.kind is DeadlineKind.POSTMARKED:
        lines = [f"{stage}{colon} {after}.", mail_by(news.duty, days, language)]
    else:
        lines = [f"{stage}{colon} {days}, {after}."]
    if news.duty.invited:
        lines.append(
            Bilingual(
                "For applicants who passed the stage before.", "Pour les demandeurs retenus à l’étape précédente."
            ).in_(language)
        )
    return lines


def mail_by(duty: Duty, days: str, language: Language) -> str:
    """Say until when an envelope should be posted so that it is stamped in time."""
    day = phrases.day(duty.day, language)
    return Bilingual(
        f"Mail it by {day} ({days}) to have it stamped in time.",
        f"À poster au plus tard {day} ({days}), pour que le cachet porte la bonne date.",
    ).in_(language)


def _change_lines(news: News, label: str, after: str | None, reader: phrases.Reader) -> list[str]:
    before = date_words(news.subject, news.before, reader) if news.before else None
    moved, was = change_words(before, after, reader.language)
    return [f"{label} {moved}.", *([was] if was else [])]


def change_words(before: str | None, after: str | None, language: Language) -> tuple[str, str]:
    """Say that a date was added, withdrawn or moved, and what it was; one of the two dates is known."""
    if before is None:
        return Bilingual(f"a date was added, {after}", f"une date s’ajoute, {after}").in_(language), ""
    was = Bilingual(f"It was {before}.", f"Auparavant{NBSP}: {before}.").in_(language)
    if after is None:
        gone = Bilingual(
            "the date was withdrawn and no new one is known", "la date est retirée et aucune autre n’est connue"
        )
        return gone.in_(language), was
    moved = Bilingual(f"the date was moved, it is now {after}", f"la date a changé, c’est maintenant {after}")
    return moved.in_(language), was
