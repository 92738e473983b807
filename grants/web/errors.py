"""What people see when something goes wrong: what happened, what to do next, and all that they had typed.

An error page must not make a second error. Where the usual page cannot be drawn (the database is gone, the address is
not ours) a bare one that needs nothing takes its place.
"""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError, ServiceUnavailable

from grants.domain.bilingual import Bilingual
from grants.store.database import db, is_outage
from grants.web.language import current_language

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5
SECRET_WORDS = ("password", "secret", "token")


@dataclass(frozen=True, slots=True)
class Words:
    """The heading of an error page and the sentence under it."""

    title: Bilingual
    advice: Bilingual


@dataclass(frozen=True, slots=True)
class Typed:
    """A field of the form that did not get through."""

    name: str
    value: str


WORDS: dict[int, Words] = {
    400: Words(
        Bilingual("This request could not be read", "Cette demande est illisible"),
        Bilingual(
            "Something in the address or in the form is not what this site expects. Go back, check it and try again.",
            "Un élément de l’adresse ou du formulaire ne correspond pas à ce que le site attend. "
            "Revenez en arrière, vérifiez-le et réessayez.",
        ),
    ),
    401: Words(
        Bilingual("Please sign in", "Veuillez vous connecter"),
        Bilingual(
            "This page is for people who are signed in. Sign in and open it again.",
            "Cette page est réservée aux personnes connectées. Connectez-vous, puis ouvrez-la de nouveau.",
        ),
    ),
    403: Words(
        Bilingual("You may not do this", "Vous ne pouvez pas faire cela"),
        Bilingual(
            "Your role does not include it. If it should, ask the person who leads your workspace.",
            "Votre rôle ne le permet pas. Si c’est une erreur, adressez-vous à la personne responsable "
            "de votre espace de travail.",
        ),
    ),
    404: Words(
        Bilingual("There is no such page", "Cette page n’existe pas"),
        Bilingual(
            "The address may be mistyped, or what stood here has been removed. Start again from the home page.",
            "L’adresse contient peut-être une erreur, ou le contenu a été retiré. Repartez de la page d’accueil.",
        ),
    ),
    405: Words(
        Bilingual("This address is not opened that way", "Cette adresse ne s’ouvre pas ainsi"),
        Bilingual(
            "It receives a form, or it only shows a page. Go back to the page that you came from.",
            "Elle reçoit un formulaire ou ne fait qu’afficher une page. Revenez à la page d’où vous venez.",
        ),
    ),
    413: Words(
        Bilingual("That is too much at once", "L’envoi est trop volumineux"),
        Bilingual(
            "What you sent is larger than this site accepts. Send less text or a smaller file.",
            "L’envoi dépasse ce que le site accepte. Envoyez un texte plus court ou un fichier plus petit.",
        ),
    ),
    415: Words(
        Bilingual("This kind of file is not read here", "Ce type de fichier n’est pas lu ici"),
        Bilingual(
            "Send the form from its own page, or a file of the kind that the page names.",
            "Envoyez le formulaire à partir de sa propre page, ou un fichier du type indiqué sur la page.",
        ),
    ),
    429: Words(
        Bilingual("Too many tries in a short time", "Trop de tentatives en peu de temps"),
        Bilingual(
            "Wait a minute, then try again. Nothing is locked.",
            "Attendez une minute, puis réessayez. Rien n’est bloqué.",
        ),
    ),
    500: Words(
        Bilingual("Something broke on our side", "Une erreur s’est produite de notre côté"),
        Bilingual(
            "It is not your doing, and it has been noted. Try again in a few minutes.",
            "Vous n’y êtes pour rien, et l’erreur a été consignée. Réessayez dans quelques minutes.",
        ),
    ),
    503: Words(
        Bilingual("The site is busy for a moment", "Le site est momentanément occupé"),
        Bilingual(
            "Nothing was saved, and nothing is lost: try again in a few seconds.",
            "Rien n’a été enregistré et rien n’est perdu\u00a0: réessayez dans quelques secondes.",
        ),
    ),
}

EXPIRED_FORM = Words(
    Bilingual("This form is no longer valid", "Ce formulaire n’est plus valide"),
    Bilingual(
        "The page had been open for a long time, or your session ended. Nothing was saved. What you typed is below.",
        "La page était ouverte depuis longtemps, ou votre session a pris fin. Rien n’a été enregistré. "
        "Ce que vous avez saisi figure ci-dessous.",
    ),
)

LABELS = {
    "home": Bilingual("Go to the home page", "Aller à la page d’accueil"),
    "kept": Bilingual("What you typed", "Ce que vous avez saisi"),
    "again": Bilingual("Send it again", "Envoyer de nouveau"),
    "reference": Bilingual("Reference for support:", "Référence pour le soutien technique\u00a0:"),
}


def init_app(app: Flask) -> None:
    """Answer every error with a page in the reader's language."""
    app.register_error_handler(CSRFError, expired_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(SQLAlchemyError, database_error)


def http_error(error: HTTPException) -> Response:
    """Show what the status means; a code that has no words of its own borrows those of its family."""
    if error.code is None or error.code < 400:  # noqa: PLR2004  a redirect is no error
        return make_response(error.get_response(request.environ))
    words = WORDS.get(error.code) or WORDS[500 if error.code >= InternalServerError.code else 400]
    response = page(error.code, words)
    # Some answers carry more than a page: which methods are allowed, when to come back.
    for name, value in error.get_headers(request.environ):
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def expired_form(_error: CSRFError) -> Response:
    """Keep what was typed when the form's token is stale.

    The browser itself certifies that a form came from our own page; only then is sending it again offered. A form
    planted by another site is shown, never armed.
    """
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return page(400, EXPIRED_FORM, typed=typed_fields(), resend=ours)


def database_error(error: SQLAlchemyError) -> Response:
    """Tell a database that is away or busy (503, try again) from a mistake of ours (500)."""
    if not is_outage(error):
        log.error("database refused a statement", exc_info=error)
        return page(500, WORDS[500])
    log.warning("database is away", reason=type(getattr(error, "orig", None) or error).__name__)
    response = page(ServiceUnavailable.code, WORDS[503], typed=typed_fields(), resend=request.method == "POST")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def typed_fields() -> list[Typed]:
    """Return the fields of the form that was sent, in order, without secrets; the limit on forms bounds them."""
    return [Typed(name, value) for name, value in request.form.items(multi=True) if not is_secret(name)]


def is_secret(name: str) -> bool:
    """Say whether a field's value must not be shown, judged by its name."""
    return any(word in name.lower() for word in SECRET_WORDS)


def can_be_sent_again() -> bool:
    """Say whether the form is complete without what we do not show: a secret other than its own token, or a file."""
    return not request.files and not any(is_secret(name) for name in request.form if name != "csrf_token")


def page(status: int, words: Words, *, typed: list[Typed] | None = None, resend: bool = False) -> Response:
    """Draw an error page, with or without the rest of the site around it."""
    if status >= InternalServerError.code:
        db.session.rollback()  # what failed may have left it unusable, and the frame of the page reads
    language = current_language()
    context = {
        "title": words.title.in_(language),
        "advice": words.advice.in_(language),
        "typed": typed or [],
        "resend": resend and can_be_sent_again(),
        "labels": {name: label.in_(language) for name, label in LABELS.items()},
        "reference": g.get("request_id") if status >= InternalServerError.code else None,
        "home": f"/{language}/",
        "lang": language,
    }
    if isinstance(request.routing_exception, SecurityError):  # an unknown host: the frame's links cannot be made
        return make_response(bare(context), status)
    try:
        body = render_template("errors/error.html", **context)
    except Exception as failure:  # whatever it is, the reader still gets a page
        log.warning("error page drawn bare", exc_info=failure)
        db.session.rollback()
        body = bare(context)
    return make_response(body, status)


def bare(context: dict[str, object]) -> str:
    """Draw the page that needs no database, no address and nobody signed in."""
    return current_app.jinja_env.get_template("errors/bare.html").render(**context)
