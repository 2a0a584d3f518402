"""A patrol that is linked to a window of one's own may be seen; that shows no other patrol."""

from uuid import uuid4

from sqlmodel import Session, col, select

from app.clock import london_day
from app.database.engine import open_engine
from app.database.session import transaction
from app.identity.permissions import Caller, OfficerKind, Role
from app.patrols.models import Patrol
from app.patrols.queries import may_see
from app.patrols.review_models import LinkedWindow, WindowLink
from app.schedule.models import TaskingWindow
from benchmarks.large_force import NOW
from benchmarks.large_places import FORCE, SERGEANT, named
from tests.compliance.made_up import made_up_url

__all__ = ["made_up_url"]


def seen(session: Session) -> set[object]:
    caller = Caller(
        named(SERGEANT), named(FORCE), SERGEANT, OfficerKind.CONSTABLE, frozenset({Role.SUPERVISOR})
    )
    return set(session.exec(select(Patrol.id).where(may_see(caller, london_day(NOW)))).all())


def test_a_link_shows_the_patrol_it_is_of_and_no_other(made_up_url: str) -> None:
    engine = open_engine(made_up_url)
    with transaction(engine) as session:
        before = seen(session)
        others = select(Patrol).where(col(Patrol.id).not_in(before))
        foreign = session.exec(others).first()
        window = session.exec(select(TaskingWindow).where(TaskingWindow.team_id == named("LA-1-N"))).first()
        assert before and foreign is not None and window is not None
        link = WindowLink(
            id=uuid4(), content_hash=b"x", captured_by=named(SERGEANT), uploaded_by=named(SERGEANT),
            received_at=NOW, force_id=named(FORCE), patrol_id=foreign.id, window_id=window.id, number=1,
            reason="It was ours.",
        )  # fmt: skip
        session.add(link)
        session.flush()
        session.add(LinkedWindow(patrol_id=foreign.id, window_id=window.id, link_id=link.id))
        session.flush()
        assert seen(session) == before | {foreign.id}
    engine.dispose()
