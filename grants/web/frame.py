"""What stands around every page: the site's name, the main sections, the foot, and what staff must know at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _

from config import Settings
from grants import clock
from grants.domain import phrases
from grants.domain.communities import Community
from grants.domain.people import STAFF_ROLES
from grants.services import catalogue
from grants.store import people
from grants.store.database import db
from grants.store.people import PersonRow
from grants.web import access, health, outbox
from grants.web.access import Act, Thing
from grants.web.language import current_language
from grants.web.paging import here

PARTS: Final[Mapping[str, frozenset[str]]] = {
    "workspace": frozenset(
        {"applications", "backplans", "documents", "meetings", "members", "sharing", "exports", "deletion"}
    )
}
"""The nouns whose pages belong to a section of the navigation that bears another name."""


@dataclass(frozen=True, slots=True)
class Section:
    """A link of the main navigation; ``current`` is the value of ``aria-current`` or empty."""

    words: str
    address: str
    current: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How large the catalogue is and the last day somebody read one of its sources, in words."""

    programs: int
    streams: int
    checked: str


class Frame:
    """The frame of one page. Everything is worked out only when a template asks, so an error page can leave it out."""

    @cached_property
    def site_name(self) -> str:
        """The site's name in the reader's language: a setting."""
        settings: Settings = current_app.config["SETTINGS"]
        return settings.site_name_fr if current_language() == "fr" else settings.site_name

    @property
    def home(self) -> str:
        """The address of the home page."""
        return url_for("home.index")

    @cached_property
    def person(self) -> PersonRow | None:
        """Who is signed in."""
        return access.current_person()

    @property
    def community(self) -> Community | None:
        """The community that who is signed in works for."""
        return access.own_community()

    def community_field(self, typed: str) -> str:
        """What the field for a community holds: what was typed, else, until the reader sends it empty, their own."""
        if typed or "community" in request.values or self.community is None:
            return typed
        return self.community.title

    @cached_property
    def sections(self) -> list[Section]:
        """The main navigation, in order."""
        return list(self._sections())

    def _sections(self) -> Iterator[Section]:
        yield self._section(_("Find funding"), "programs.index")
        yield self._section(_("Communities"), "communities.index")
        yield self._section(_("Deadlines"), "deadlines.index")
        if self.person is None:
            yield self._section(_("Sign in"), "people.sign_in")
        else:
            if self.community is not None:
                yield self._section(_("Workspace"), "workspace.index")
            elif people.communities_of(db.session(), self.person.id):
                yield self._section(_("Choose a community"), "account.communities")
            yield self._section(_("My deadlines"), "tracking.index")
            yield self._section(_("Account"), "account.index")

    @staticmethod
    def _section(words: str, endpoint: str) -> Section:
        if request.endpoint == endpoint:
            current = "page"
        else:
            noun = endpoint.removesuffix(".index")
            same = request.blueprint == noun or request.blueprint in PARTS.get(noun, ())
            current = "true" if same else ""
        return Section(words, url_for(endpoint), current)

    @cached_property
    def footer(self) -> list[tuple[str, str]]:
        """The links of the foot."""
        return [
            (_("About this site"), url_for("pages.about")),
            (_("Sources"), url_for("pages.sources")),
            (_("Privacy"), url_for("pages.privacy")),
            (_("Accessibility"), url_for("pages.accessibility")),
            *([(_("Rules"), url_for("rules.index"))] if self.for_staff else []),
            *([(_("Vocabulary"), url_for("vocabulary.index"))] if self.for_staff else []),
            *([(_("Outbox"), url_for("outbox.index"))] if self.for_staff or self.in_development else []),
            *([(_("Shared applications"), url_for("shared.index"))] if access.may(Thing.SHARED, Act.READ) else []),
            *([(_("Staff"), url_for("staff.index"))] if access.may(Thing.STAFF, Act.READ) else []),
        ]

    @cached_property
    def catalogue(self) -> Counts | None:
        """The size and the day of the catalogue; None before anything was loaded."""
        present = catalogue.present(db.session())
        if not present.programs:
            return None
        return Counts(
            len(present.programs),
            len(present.streams),
            phrases.day(last_checked(present), current_language(), weekday=False),
        )

    @cached_property
    def alert(self) -> str | None:
        """What a signed-in member of staff must know at once: reminders are standing still, or letters are."""
        if not self.for_staff:
            return None
        if health.scheduler_ticks() is None:
            return outbox.alert()
        return _("The scheduler has been silent for over ten minutes, so no reminder is sent.")

    @cached_property
    def clock_rules(self) -> str | None:
        """The edition of the clock rules in use, for staff."""
        return clock.rules_version() if self.for_staff else None

    @property
    def in_development(self) -> bool:
        """Whether this is a developer's copy."""
        settings: Settings = current_app.config["SETTINGS"]
        return settings.is_development

    @property
    def for_staff(self) -> bool:
        """Whether somebody of the ministry's staff is signed in."""
        return access.has_role(*STAFF_ROLES)


def last_checked(present: catalogue.Catalogue) -> date:
    """Give the latest day on which somebody read a source."""
    return max(stream.source.checked for stream in present.streams.values())


def init_app(app: Flask) -> None:
    """Give every template the frame and ``here``."""

    @app.context_processor
    def names() -> dict[str, object]:
        return {"frame": Frame(), "here": here}
