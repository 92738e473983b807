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
from grants.domain.reminders import OPENING, Duty, Kind, Recipient, days_left, duties, stages
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow
from grants.store.tracking import NamedIntake

STALE = timedelta(days=30)
"""What closed longer ago than this is not told any more."""

EXAMPLE = Bilingual("Example, made up for practice", "Exemple fictif, pour s’exercer")


@dataclass(frozen=True, slots=True)
class News:
    """What one letter tells of one duty: the duty as it stands now (``None``: gone) and the reminders it answers."""

    named: NamedIntake
    stage: str
    duty: Duty | None
    reminders: Sequence[ReminderRow]
    before: Deadline | None

    @property
    def changed(self) -> bool:
        """Whether a date was moved, added or withdrawn."""
        return any(row.kind == Kind.CHANGED for row in self.reminders)

    @property
    def joined(self) -> bool:
        """Whether this stands for reminders whose days had passed."""
        return any(row.kind == Kind.JOINED for row in self.reminders)

    def closed(self, now: datetime) -> bool:
        """Whether it is too late."""
        return self.duty is not None and not self.duty.opens and self.duty.closes < now


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter about deadlines is worked out from; ``both`` languages are written in a first letter."""

    person: PersonRow
    recipient: Recipient
    news: Sequence[News]
    now: datetime
    stationery: Stationery
    both: bool


def gather(
    reminders: Sequence[ReminderRow],
    named: Mapping[str, NamedIntake],
    recipient: Recipient,
    now: datetime,
    read_deadline: Mapping[int, Deadline],
) -> list[News]:
    """Join the reminders of each duty and look at how it stands now, soonest first.

    Args:
        reminders: those that are due.
        named: their intakes, by key.
        recipient: whose clocks count.
        now: the moment of sending.
        read_deadline: the earlier date of a change, by the id of its reminder.
    """
    groups: dict[tuple[str, str], list[ReminderRow]] = {}
    for row in reminders:
        groups.setdefault((row.intake, row.stage), []).append(row)
    news = []
    for (intake, stage), rows in groups.items():
        known = {duty.stage: duty for duty in duties(named[intake].intake, recipient, named[intake].level)}
        before = next((read_deadline[row.id] for row in rows if row.id in read_deadline), None)
        each = News(named[intake], stage, known.get(stage), rows, before)
        too_old = each.duty is not None and each.duty.closes < now - STALE
        if each.changed or (each.duty is not None and not too_old):
            news.append(each)
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(news, key=lambda each: (each.duty.anchor if each.duty else far, each.named.program.en, each.stage))


def about_deadlines(facts: Facts) -> list[Part]:
    """Say what is due, what changed and what closed meanwhile, in the person's language; a first letter in both."""
    other: Language = "fr" if facts.person.speaks == "en" else "en"
    languages = (facts.person.speaks, other) if facts.both else (facts.person.speaks,)
    return [_part(facts, language) for language in languages]


def _part(facts: Facts, language: Language) -> Part:
    changed = [each for each in facts.news if each.changed]
    closed = [each for each in facts.news if not each.changed and each.closed(facts.now)]
    ahead = [each for each in facts.news if each not in changed and each not in closed]
    headed = (
        (Bilingual("Changed", "Modifications"), changed),
        (Bilingual("Coming up", "À venir"), ahead),
        (Bilingual("Closed meanwhile", "Fermé entre-temps"), closed),
    )
    sections = [
        Section(heading.in_(language), [_item(facts, each, language) for each in those])
        for heading, those in headed
        if those
    ]
    return Part(
        language=language,
        subject=_subject(facts, ahead, changed, closed, language),
        greeting=_greeting(facts.person.name, language),
        opening=[
            Bilingual(
                "This is about the deadlines you track.", "Voici des nouvelles des échéances que vous suivez."
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


def _subject(
    facts: Facts, ahead: Sequence[News], changed: Sequence[News], closed: Sequence[News], language: Language
) -> str:
    colon = f"{NBSP}:" if language == "fr" else ":"
    first = (changed or ahead or closed)[0]
    program = first.named.program.in_(language)
    if first in changed:
        lead = Bilingual("Date changed", "Date modifiée").in_(language)
    elif first in closed:
        lead = Bilingual("Closed", "Fermé").in_(language)
    else:
        lead = capital(_lead_words(first, facts, language))
    said = f"{lead}{colon} {program}"
    others = len(facts.news) - 1
    if not others:
        return said
    more = Bilingual(f"and {others} more", f"et {others} autre{'s' if others > 1 else ''}").in_(language)
    return f"{said} ({more})"


def _lead_words(news: News, facts: Facts, language: Language) -> str:
    if news.duty is None:
        return ""
    if news.duty.opens:
        return Bilingual("open now", "ouvert maintenant").in_(language)
    return days_words(days_left(news.duty, facts.recipient, facts.now), language)


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


def title_of(named: NamedIntake, language: Language) -> str:
    """Name an intake by its program and stream."""
    program = named.program.in_(language)
    return program if named.stream is None else f"{program} – {named.stream.in_(language)}"


def stage_title(named: NamedIntake, stage: str, language: Language) -> str:
    """Name what is due: the stage, numbered where the intake has several of the kind."""
    if stage == OPENING:
        return Bilingual("opening", "ouverture").in_(language)
    known = stages(named.intake).get(stage)
    name = known.name if known else StageName(stage.rsplit("-", 1)[0] if stage not in set(StageName) else stage)
    return phrases.stage_words(name, language)


def _item(facts: Facts, news: News, language: Language) -> Item:
    lines = [*_told(facts, news, language)]
    if news.joined:
        lines.append(
            Bilingual(
                "You began to track this when some of its reminder days had passed; this letter stands in for them.",
                "Vous suivez cette échéance depuis peu\u00a0: cette lettre tient lieu des rappels déjà passés.",
            ).in_(language)
        )
    if news.named.example:
        lines.append(EXAMPLE.in_(language) + ".")
        link = Link(
            Bilingual("My deadlines", "Mes échéances").in_(language), facts.stationery.page(language, "tracking")
        )
    else:
        address = facts.stationery.page(language, f"programs/{news.named.program_key}")
        link = Link(Bilingual("About the program", "À propos du programme").in_(language), address)
    return Item(title_of(news.named, language), lines, link)


def _told(facts: Facts, news: News, language: Language) -> list[str]:
    reader = phrases.Reader(language, facts.recipient.zone)
    stage = capital(stage_title(news.named, news.stage, language))
    colon = f"{NBSP}:" if language == "fr" else ":"
    after = phrases.deadline_words(news.duty.deadline, reader) if news.duty else None
    if news.changed:
        return _change_lines(news, stage + colon, after, reader)
    if news.duty is None or after is None:
        return []
    if news.duty.opens:
        return [f"{Bilingual('Opens', 'Ouverture').in_(language)}{colon} {after}."]
    if news.closed(facts.now):
        return [f"{stage}{colon} {Bilingual('closed on', 'fermé depuis').in_(language)} {after}."]
    days = days_words(days_left(news.duty, facts.recipient, facts.now), language)
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
        f"Postez-la au plus tard {day} ({days}) pour que le cachet porte la bonne date.",
    ).in_(language)


def _change_lines(news: News, label: str, after: str | None, reader: phrases.Reader) -> list[str]:
    language = reader.language
    before = phrases.deadline_words(news.before, reader) if news.before else None
    if before is None:
        return [f"{label} {Bilingual(f'a date was added, {after}', f'une date s’ajoute, {after}').in_(language)}."]
    was = Bilingual(f"It was {before}.", f"C’était {before}.").in_(language)
    if after is None:
        gone = Bilingual(
            "the date was withdrawn and no new one is known", "la date est retirée et aucune autre n’est connue"
        ).in_(language)
        return [f"{label} {gone}.", was]
    moved = Bilingual(f"the date was moved, it is now {after}", f"la date a changé, c’est maintenant {after}")
    return [f"{label} {moved.in_(language)}.", was]


def choose_password(person: PersonRow, path: str, hours: int, stationery: Stationery, *, both: bool) -> list[Part]:
    """Ask a person to prove the address and choose a password, by a link that works once."""
    other: Language = "fr" if person.speaks == "en" else "en"
    return [
        Part(
            language=language,
            subject=Bilingual(
                f"Choose your password for {stationery.site.en}",
                f"Choisissez votre mot de passe\u00a0: {stationery.site.fr}",
            ).in_(language),
            # Until the address is proved, whoever typed it typed the name too: a stranger's words are not passed on.
            greeting=_greeting(person.name if person.confirmed_at else "", language),
            opening=[
                Bilingual(
                    "Somebody, probably you, asked for an account or a new password with this address.",
                    "Quelqu’un, sans doute vous, a demandé un compte ou un nouveau mot de passe avec cette adresse.",
                ).in_(language),
                Bilingual(
                    f"Open this link within {hours} hours and choose a password:",
                    f"Ouvrez ce lien d’ici {hours}{NBSP}heures et choisissez un mot de passe\u00a0:",
                ).in_(language),
                stationery.page(language, path),
                Bilingual(
                    "If it was not you, do nothing: without the link nothing changes.",
                    "Si ce n’est pas vous, ne faites rien\u00a0: sans le lien, rien ne change.",
                ).in_(language),
            ],
            sections=[],
            closing=[],
            signature=stationery.site.in_(language),
            links=[Link(stationery.site.in_(language), stationery.page(language, ""))],
        )
        for language in ((person.speaks, other) if both else (person.speaks,))
    ]
