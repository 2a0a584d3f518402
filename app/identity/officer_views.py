"""Whether a force shows its supervisors single officers: decided with those it is about, off unless it is named."""

from uuid import UUID

from sqlalchemy import Uuid, column, select, table
from sqlmodel import Session

from app.identity.permissions import Caller, Permission
from app.problems import FORBIDDEN, Problem

# A force is the root of the area tree, which stands above this slice: named here as foreign keys name it.
_AREAS = table("areas", column("id", Uuid()), column("code"))


def require_officer_views(session: Session, caller: Caller, shown_in: frozenset[str]) -> None:
    """403 in plain words unless the caller may see single officers at all, and their force is among those that show
    them."""
    if not caller.may(Permission.OFFICERS_COMPLIANCE):
        needed = Permission.OFFICERS_COMPLIANCE.value
        raise Problem(FORBIDDEN, f"This needs the permission {needed}.", denial=needed)
    if not shows_officers(session, caller.force_id, shown_in):
        raise Problem(
            FORBIDDEN,
            "Your force does not show figures officer by officer. Ask for teams instead; everybody may see their own.",
            denial="officer-views",
        )


def shows_officers(session: Session, force_id: UUID, shown_in: frozenset[str]) -> bool:
    """Whether a force is among those named."""
    code = session.execute(select(_AREAS.c.code).where(_AREAS.c.id == force_id)).scalar_one()
    return code in shown_in
