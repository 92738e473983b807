"""What holds for every answer of the application, whatever the page."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask, abort, render_template_string, request, session, url_for
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config import ROOT, Environment, Settings
from grants import clock
from grants.app import create_app
from grants.store.database import db, transaction
from grants.web import health
from grants.web.access import SIGN_IN, Act, Thing, allow
from grants.web.errors import EXPIRED_FORM, WORDS
from grants.web.language import PREFIX
from grants.web.security import HEADERS, csrf
from tests.conftest import dispose

BUSY = OperationalError("UPDATE t", {}, Exception("gone"), connection_invalidated=True)


@pytest.fixture
def app(app: Flask) -> Flask:
    """Return the application with addresses that fail, and with errors shown as people see them."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.route("/fr/fails/<int:status>", methods=["GET", "POST"])
    @app.route("/en/fails/<int:status>", methods=["GET", "POST"], endpoint="fails_en")
    @allow(Thing.CATALOGUE, Act.READ)
    def fails(status: int) -> str:
        abort(status)

    csrf.exempt(fails)

    @app.route("/en/breaks", methods=["GET", "POST"])
    @allow(Thing.CATALOGUE, Act.READ)
    def breaks() -> str:
        raise ZeroDivisionError

    @app.route("/fr/busy", methods=["GET", "POST"])
    @allow(Thing.CATALOGUE, Act.READ)
    def busy() -> str:
        raise BUSY

    @app.route("/en/form", methods=["GET", "POST"])
    @allow(Thing.CATALOGUE, Act.READ)
    def form() -> str:
        session["csrf_needs_one"] = True
        return render_template_string("{{ csrf_token() }}") if request.method == "GET" else request.form["words"]

    @app.get("/en/signed-in")
    @allow(Thing.CATALOGUE, Act.READ)
    def signed_in() -> str:
        session[SIGN_IN] = "7"
        return "welcome"

    return app


@pytest.mark.parametrize("status", sorted(WORDS))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_error_has_a_page_in_both_languages(client: FlaskClient, status: int, language: str) -> None:
    answer = client.get(f"/{language}/fails/{status}")
    words = WORDS[status]
    assert answer.status_code == status
    assert words.title.in_("fr" if language == "fr" else "en") in answer.text
    assert words.advice.in_("fr" if language == "fr" else "en") in answer.text
    assert answer.text.count("<h1") == 1
    assert f'lang="{language}' in answer.text


def test_a_status_without_words_of_its_own_keeps_its_number(client: FlaskClient) -> None:
    answer = client.get("/en/fails/418")
    assert answer.status_code == 418
    assert WORDS[400].title.en in answer.text


def test_the_answer_to_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.post("/healthz", headers={"Accept-Language": "fr-CA"})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert WORDS[405].title.fr in answer.text


def test_a_crash_is_a_page_that_tells_nothing_of_the_inside(client: FlaskClient) -> None:
    answer = client.get("/en/breaks")
    assert answer.status_code == 500
    assert WORDS[500].title.en in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_busy_database_keeps_the_text_and_offers_to_send_it_again(client: FlaskClient) -> None:
    token = client.get("/en/form").text
    answer = client.post("/fr/busy", data={"csrf_token": token, "words": "<b>Logement</b>\n1 & 2", "note": ""})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert WORDS[503].title.fr in answer.text
    assert '<input type="hidden" name="note" value="">' in answer.text
    assert '<input type="hidden" name="words" value="&lt;b&gt;Logement&lt;/b&gt;\n1 &amp; 2">' in answer.text


def test_a_busy_database_offers_nothing_to_send_after_reading(client: FlaskClient) -> None:
    answer = client.get("/fr/busy")
    assert answer.status_code == 503
    assert '<form method="post" action="/fr/busy"' not in answer.text


@pytest.mark.parametrize(
    ("site", "offered"),
    [pytest.param("same-origin", True, id="our own page"), pytest.param("cross-site", False, id="another site")],
)
def test_a_form_without_a_valid_token_is_kept_but_not_run(client: FlaskClient, site: str, offered: bool) -> None:  # noqa: FBT001
    data = {"csrf_token": "stale", "words": "a long answer", "password": "hunter2"}
    if offered:
        del data["password"]
    answer = client.post("/en/form", data=data, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 400
    assert EXPIRED_FORM.title.en in answer.text
    assert "a long answer" in answer.text
    assert "hunter2" not in answer.text
    assert ('name="words" value="a long answer"' in answer.text) is offered


def test_a_form_with_a_secret_is_never_sent_again_without_it(client: FlaskClient) -> None:
    answer = client.post(
        "/en/form", data={"words": "text", "password": "hunter2"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert "text" in answer.text
    assert 'name="words" value=' not in answer.text


def test_a_form_with_its_token_is_run(client: FlaskClient) -> None:
    token = client.get("/en/form").text
    assert client.post("/en/form", data={"csrf_token": token, "words": "done"}).text == "done"


def test_an_error_page_needs_no_database_and_no_frame(app: Flask, client: FlaskClient) -> None:
    @app.context_processor
    def also_fails() -> dict[str, object]:
        raise BUSY

    answer = client.get("/fr/busy")
    assert answer.status_code == 503
    assert WORDS[503].title.fr in answer.text


@pytest.mark.parametrize(
    "path",
    ["/", "/en/", "/fr/", "/en/nowhere", "/healthz", "/readyz", "/static/nowhere.css", "/en/fails/403", "/en/breaks"],
)
def test_every_kind_of_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Request-ID"]
    assert "Cache-Control" in answer.headers


def test_pages_of_people_signed_in_are_not_stored(client: FlaskClient) -> None:
    assert client.get("/en/signed-in").headers["Cache-Control"] == "no-store"
    client.delete_cookie("session")
    assert client.get("/en/nowhere").headers["Cache-Control"] == "no-cache, private"


def test_static_files_are_kept_for_a_year_under_their_edition(app: Flask, client: FlaskClient) -> None:
    name = next(path.name for path in (ROOT / "grants" / "static").iterdir() if path.is_file())
    with app.test_request_context("/en/"):
        address = url_for("static", filename=name)
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    with client.get(f"/static/{name}?v=older") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["x" * 255, "x" * 5_000, "%00", "../config.py"])
def test_what_can_be_no_static_file_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_a_crash_is_logged_without_the_token_in_its_address(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    @app.get("/en/opens/<token>")
    @allow(Thing.CATALOGUE, Act.READ)
    def opens(token: str) -> str:
        del token
        raise ZeroDivisionError

    assert app.test_client().get("/en/opens/abc123").status_code == 500
    (told,) = [each for each in caplog.records if "ZeroDivisionError" in (each.exc_text or str(each.exc_info))]
    assert "/en/opens/[hidden]" in told.getMessage()
    assert "abc123" not in caplog.text


class TestLanguage:
    """Each page has an address in each language."""

    @pytest.mark.parametrize(
        ("wanted", "page"),
        [
            pytest.param("fr-CA,fr;q=0.9,en;q=0.5", "/fr/", id="French"),
            pytest.param("en-GB", "/en/", id="English"),
            pytest.param("oj, fr;q=0.3", "/fr/", id="Ojibwe, then French"),
            pytest.param("oj", "/en/", id="Ojibwe only"),
            pytest.param("", "/en/", id="nothing"),
        ],
    )
    def test_the_front_door_asks_the_browser(self, client: FlaskClient, wanted: str, page: str) -> None:
        answer = client.get("/", headers={"Accept-Language": wanted})
        assert answer.headers["Location"] == page
        assert "Accept-Language" in answer.headers["Vary"]

    def test_no_third_language_has_pages(self, client: FlaskClient) -> None:
        assert client.get("/de/").status_code == 404

    def test_the_switch_keeps_the_page_and_its_query(self, app: Flask) -> None:
        @app.get(f"{PREFIX}/things/<int:number>")
        @allow(Thing.CATALOGUE, Act.READ)
        def thing(number: int) -> str:
            return str(number)

        with app.test_request_context("/en/things/7?level=a&level=b&q=é"):
            app.preprocess_request()
            switch = render_template_string("{{ other_language_url() | safe }}")
        assert switch == "/fr/things/7?level=a&level=b&q=%C3%A9"

    @pytest.mark.parametrize(
        "query",
        ["endpoint=x", "_anchor=x", "_method=x", "_scheme=ftp", "_external=1", "lang_code=en", "values=1&self=2"],
    )
    def test_the_switch_takes_no_orders_from_the_query(self, app: Flask, query: str) -> None:
        with app.test_request_context(f"/en/sign-up?{query}"):
            app.preprocess_request()
            switch = render_template_string("{{ other_language_url() | safe }}")
        assert switch == f"/fr/sign-up?{query}"


class TestProduction:
    """What is stricter where people rely on it."""

    @pytest.fixture
    def client(self, settings: Settings) -> FlaskClient:
        """Return a client of an application in production."""
        app = create_app(replace(settings, environment=Environment.PRODUCTION, trusted_hosts=("funding.example.ca",)))

        @app.get("/en/signed-in")
        @allow(Thing.CATALOGUE, Act.READ)
        def signed_in() -> str:
            session[SIGN_IN] = "7"
            return "welcome"

        return app.test_client()

    def test_an_unknown_host_is_refused(self, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
        answer = client.get("/en/signed-in", base_url="https://evil.example")
        assert caplog.records == []
        assert answer.status_code == 400
        assert "evil.example" not in answer.text
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS

    def test_the_cookie_is_bound_to_host_and_https(self, client: FlaskClient) -> None:
        answer = client.get("/en/signed-in", base_url="https://funding.example.ca")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        assert all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
        assert "Domain" not in cookie
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")


class TestHealth:
    """Readiness tells what is wrong, liveness only that somebody is there."""

    def test_a_system_without_a_scheduler_is_red(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.get_json()["status"] == "red"
        assert "scheduler" in answer.get_json()["checks"]["scheduler"]
        assert answer.get_json()["checks"]["database"] == "ok"

    def test_a_database_that_is_behind_is_red(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as own:
            own.execute(text("INSERT INTO alembic_version VALUES ('another')"))
        assert "flask db upgrade" in client.get("/readyz").get_json()["checks"]["schema"]

    def test_a_database_that_is_away_is_red_and_the_process_is_up(self, settings: Settings) -> None:
        app = create_app(replace(settings, database_url="postgresql://x@/x?host=/nowhere"))
        client = app.test_client()
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "does not answer" in answer.get_json()["checks"]["database"]
        dispose(app)

    def test_silence_of_more_than_ten_minutes_is_told(self) -> None:
        now = clock.now()
        assert health.silence(now - timedelta(minutes=9), now) is None
        assert "11 minutes ago" in str(health.silence(now - timedelta(minutes=11), now))


class TestEscaping:
    """What a template writes is escaped by default."""

    @pytest.mark.parametrize("name", [None, "page.html", "feed.ics", "mail.html.j2", "odd"])
    def test_markup_is_escaped(self, app: Flask, name: str | None) -> None:
        assert app.select_jinja_autoescape(name)

    def test_the_text_of_a_mail_is_not_markup(self, app: Flask) -> None:
        assert not app.select_jinja_autoescape("emails/reminder.txt")


def test_bodies_have_a_limit(client: FlaskClient) -> None:
    assert client.post("/en/form", data=b"x" * (9 * 1024 * 1024)).status_code == 413


def test_the_settings_are_told_as_sentences_by_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "db", "current"],
        env={"APP_ENV": "production", "SECRET_KEY": "weak", "PATH": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "SECRET_KEY is shorter" in done.stderr
    assert "DATABASE_URL is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_zones_come_from_the_pinned_package() -> None:
    code = "import zoneinfo, json, grants.app; print(json.dumps(zoneinfo.TZPATH))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_only_the_clock_asks_the_time() -> None:
    asks = re.compile(r"\b(?:datetime\.now|date\.today|datetime\.today|utcnow|time\.time)\(")
    modules = {path for path in (ROOT / "grants").rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))}
    assert modules == {ROOT / "grants" / "clock.py"}


def test_today_is_the_day_of_the_place() -> None:
    at = clock.now()
    assert at.utcoffset() == timedelta(0)
    assert clock.today("Pacific/Kiritimati") > clock.today("Pacific/Niue")


def test_the_session_of_a_request_ends_with_it(app: Flask, client: FlaskClient) -> None:
    client.get("/readyz")
    with app.app_context():
        assert db.engine.pool.status().endswith("Current Checked out connections: 0")


@pytest.mark.parametrize(
    ("proxies", "told", "seen"),
    [
        pytest.param(0, "203.0.113.7", "127.0.0.1", id="nobody is believed"),
        pytest.param(1, "203.0.113.7", "203.0.113.7", id="our own proxy is"),
        pytest.param(1, "198.51.100.1, 203.0.113.7", "203.0.113.7", id="what the visitor claimed is not"),
    ],
)
def test_who_asks_is_told_by_our_own_proxies_only(settings: Settings, proxies: int, told: str, seen: str) -> None:
    application = create_app(replace(settings, trusted_proxies=proxies))

    @application.get("/en/who")
    @allow(Thing.CATALOGUE, Act.READ)
    def who() -> str:
        return str(request.remote_addr)

    assert application.test_client().get("/en/who", headers={"X-Forwarded-For": told}).text == seen
    dispose(application)
