"""Whom a verified token stands for: our record decides; the token's roles and its issuer's force only narrow."""

from datetime import date

from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Caller, Role
from app.identity.queries import caller_for
from tests.conftest import ISSUER

DAY = date(2026, 3, 2)


def found(
    url: str, collar: str, roles: frozenset[str] | None = None, only_force: str | None = None
) -> Caller | None:
    engine = open_engine(url)
    with reading(engine) as session:
        caller = caller_for(session, ISSUER, f"demo|{collar}", DAY, roles, only_force)
    engine.dispose()
    return caller


def test_an_issuer_bound_to_a_force_speaks_for_nobody_else(force_url: str) -> None:
    assert found(force_url, "4101", only_force="FORCE") is not None
    assert found(force_url, "4101", only_force="OTHER") is None
    assert found(force_url, "7101", only_force="FORCE") is None
    # A force's name is its root's: an area below it is none.
    assert found(force_url, "4101", only_force="NORTH") is None


def test_a_role_needs_the_token_and_our_record_alike(force_url: str) -> None:
    sergeant = found(force_url, "4111")
    assert sergeant is not None
    assert sergeant.roles == {Role.OFFICER, Role.SUPERVISOR}
    narrowed = found(force_url, "4111", roles=frozenset({"Supervisor", "Admin"}))
    assert narrowed is not None
    assert narrowed.roles == {Role.SUPERVISOR}
    nobody = found(force_url, "4111", roles=frozenset())
    assert nobody is not None
    assert nobody.roles == frozenset()
