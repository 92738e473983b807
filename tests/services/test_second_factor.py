"""The second factor: codes that fit for a minute and once, recovery codes that work once, a key that was changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.services import people, second_factor, sessions
from grants.services.second_factor import Codes, SealedError
from grants.store.database import transaction
from grants.store.people import PersonRow
from tests.reminding import STATIONERY

pytestmark = pytest.mark.one_database

NOW = datetime(2026, 11, 24, 15, 0, 10, tzinfo=UTC)
CODES = Codes("a secret of a test", "Funding: navigator")


@pytest.fixture
def person(db_session: Session) -> PersonRow:
    """Somebody whose phone holds the secret."""
    with transaction() as session:
        row = people.add(session, "ana@town.example", Role.MEMBER, NOW)
        second_factor.turn_on(session, row, CODES.generate_totp_secret(), NOW, STATIONERY)
    return db_session.get_one(PersonRow, row.id)


def code_at(person: PersonRow, moment: datetime) -> str:
    """What the phone of a person shows at a moment."""
    assert person.totp_secret is not None
    return str(CODES._totp.from_source(person.totp_secret).generate(time=moment).token)  # noqa: SLF001


def fits(person: PersonRow, code: str, now: datetime) -> bool:
    with transaction() as session:
        row = session.get_one(PersonRow, person.id)
        assert row.totp_secret is not None
        return CODES.matches(code, row.totp_secret, row, now)


@pytest.mark.parametrize(
    ("off", "fitting"),
    [(-90, False), (-60, False), (-30, True), (0, True), (30, True), (60, False), (90, False)],
)
def test_the_clock_of_a_phone_may_be_half_a_minute_off(person: PersonRow, off: int, fitting: bool) -> None:  # noqa: FBT001
    assert fits(person, code_at(person, NOW + timedelta(seconds=off)), NOW) is fitting


def test_a_code_serves_once_and_so_does_what_came_before_it(person: PersonRow) -> None:
    before, code, after = (code_at(person, NOW + timedelta(seconds=each)) for each in (-30, 0, 30))
    assert fits(person, code, NOW)
    assert not fits(person, code, NOW)
    assert not fits(person, before, NOW)
    assert fits(person, after, NOW + timedelta(seconds=30))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "१२३४५६", "0" * 5_000, "\x00"])
def test_what_is_no_code_does_not_fit(person: PersonRow, typed: str) -> None:
    assert not fits(person, typed, NOW)


def test_spaces_in_a_code_are_no_matter() -> None:
    assert second_factor.typed_code(" 123 456\t") == "123456"


def test_the_secret_is_sealed_and_another_key_is_told_from_a_wrong_code(person: PersonRow) -> None:
    assert person.totp_secret is not None
    key = CODES.get_totp_b32_key(person.totp_secret)
    assert key not in person.totp_secret
    with pytest.raises(SealedError):
        Codes("another secret", "x").matches("123456", person.totp_secret, person, NOW)


def test_each_recovery_code_works_once_however_it_is_typed(db_session: Session, person: PersonRow) -> None:
    with transaction() as session:
        codes = second_factor.renew_recovery_codes(session, session.get_one(PersonRow, person.id), NOW, STATIONERY)
    assert len(set(codes)) == 10
    assert not set(codes) & set(db_session.get_one(PersonRow, person.id).recovery_codes), "only digests are kept"
    for typed, taken in (
        (codes[0].upper().replace("-", " "), True),
        (codes[0], False),
        (codes[1], True),
        ("", False),
        ("aaaa-aaaa-aaaa-aaaa", False),
        ("é\ud800", False),
    ):
        with transaction() as session:
            row = session.get_one(PersonRow, person.id)
            assert second_factor.use_recovery_code(session, row, typed) is taken
    assert len(db_session.get_one(PersonRow, person.id).recovery_codes) == 8


def test_new_recovery_codes_end_the_old_ones(person: PersonRow) -> None:
    with transaction() as session:
        row = session.get_one(PersonRow, person.id)
        (old, *_), _new = (
            second_factor.renew_recovery_codes(session, row, NOW, STATIONERY),
            second_factor.renew_recovery_codes(session, row, NOW, STATIONERY),
        )
        assert not second_factor.use_recovery_code(session, row, old)


def test_an_operator_resets_it_and_every_sign_in_ends(db_session: Session, person: PersonRow) -> None:
    with transaction() as session:
        row = session.get_one(PersonRow, person.id)
        sessions.begin(session, row, NOW, agent="", proved=True)
        second_factor.reset(session, row, NOW, STATIONERY)
    row = db_session.get_one(PersonRow, person.id)
    assert (row.totp_secret, row.recovery_codes, row.totp_since, row.totp_counter) == (None, [], None, None)
    assert sessions.standing(db_session, row, NOW) == []
