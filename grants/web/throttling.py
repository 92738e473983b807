"""How a page slows tries: each is counted before it is judged; one that came too early is told how long to wait."""

from __future__ import annotations

import math
from datetime import timedelta

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import ngettext

from config import Settings
from grants import clock
from grants.services import throttle
from grants.services.keys import derived
from grants.services.throttle import Kind, Try
from grants.store.database import transaction

NONE = timedelta(0)
_A_MINUTE = 60


def tried(kind: Kind, subject: str, network: str | None = None) -> Try:
    """Describe what this request tries: about whom, and from which network unless another bound is given."""
    settings: Settings = current_app.config["SETTINGS"]
    where = network if network is not None else throttle.network_of(request.remote_addr)
    return Try(kind, subject, where, derived(settings.secret_key, "throttle"))


def admit(each: Try) -> timedelta:
    """Count a try, in a write unit of its own; give how long it has to wait if it came too early."""
    with transaction() as unit:
        return throttle.admit(unit, each, clock.now())


def seconds(wait: timedelta) -> int:
    """Give a wait in whole seconds, never too few."""
    return max(1, math.ceil(wait.total_seconds()))


def words(wait: timedelta) -> str:
    """Say how long to wait."""
    left = seconds(wait)
    if left < _A_MINUTE:
        said = ngettext("%(num)s second", "%(num)s seconds", left)
    else:
        said = ngettext("%(num)s minute", "%(num)s minutes", math.ceil(left / _A_MINUTE))
    return _("There were many tries in a short time. Wait %(time)s, then try again; nothing is locked.", time=said)
