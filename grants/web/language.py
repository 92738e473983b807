"""The language of a page is part of its address: ``/en/...`` and ``/fr/...`` are the same page in two languages.

Addresses that no person reads (health, static files, tokens in mails) have no language in them.
"""

from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, has_request_context, redirect, request, url_for
from flask_babel import Babel

from grants.domain.bilingual import LANGUAGES, Language

PREFIX = "/<any(en, fr):lang_code>"
"""The ``url_prefix`` of every blueprint that shows pages."""

PLAIN = "!$'()*,/:;?@"
"""What stands unquoted in a query, as in the addresses that url_for makes."""

LOCALES: dict[Language, str] = {"en": "en_CA", "fr": "fr_CA"}

babel = Babel()


def init_app(app: Flask) -> None:
    """Take the language from the address, give it to views, links and translations."""
    babel.init_app(app, locale_selector=lambda: LOCALES[current_language()])

    @app.url_value_preprocessor
    def take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang_code" in values:
            g.lang = values.pop("lang_code")

    @app.url_defaults
    def give(endpoint: str, values: dict[str, Any]) -> None:
        if "lang_code" not in values and endpoint in app.view_functions and expects_language(endpoint):
            values["lang_code"] = current_language()

    @app.get("/")
    def front_door() -> Response:
        """Lead to the home page in the language that the browser prefers."""
        response = cast("Response", redirect(f"/{preferred_language()}/"))
        response.vary.add("Accept-Language")
        return response

    @app.context_processor
    def names() -> dict[str, object]:
        return {"lang": current_language(), "other_language_url": other_language_url}


def expects_language(endpoint: str) -> bool:
    """Say whether the addresses of an endpoint begin with a language."""
    return current_app.url_map.is_endpoint_expecting(endpoint, "lang_code")


def current_language() -> Language:
    """Return the language of this request's address, else what the browser prefers, else English."""
    if "lang" not in g:
        first = request.path.split("/", 2)[1] if has_request_context() else ""
        g.lang = first if first in LANGUAGES else preferred_language()
    return cast("Language", g.lang)


def preferred_language() -> Language:
    """Return the better of our languages by the browser's own list; English where it names neither."""
    if not has_request_context():
        return "en"
    return cast("Language", request.accept_languages.best_match(LANGUAGES, default="en"))


def other_language_url() -> str:
    """Return this page's address in the other language, with the same query; its home page where there is none."""
    other = "fr" if current_language() == "en" else "en"
    if request.endpoint is None or not expects_language(request.endpoint):
        return f"/{other}/"
    # The query is the reader's: given to url_for, names such as _external or endpoint would be orders. What url_for
    # adds by itself was taken from this query.
    address = url_for(request.endpoint, **{**(request.view_args or {}), "lang_code": other}).partition("?")[0]
    query = urlencode(list(request.args.items(multi=True)), safe=PLAIN)
    return f"{address}?{query}" if query else address
