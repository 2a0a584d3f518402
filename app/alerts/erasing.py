"""Erases alerts that are over, with what supervisors said to them.

Whether they may go is decided above, by the rules and holds of `app.retention`.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from app.alerts.models import Alert, AlertAcknowledgement


def erase_alerts(session: Session, alert_ids: Sequence[UUID]) -> None:
    """Erases some alerts; one that is open is left, for the tick would raise it again."""
    over = col(Alert.cleared_at).is_not(None)
    connection = session.connection()
    connection.execute(delete(AlertAcknowledgement).where(col(AlertAcknowledgement.alert_id).in_(alert_ids)))
    connection.execute(delete(Alert).where(col(Alert.id).in_(alert_ids), over))
