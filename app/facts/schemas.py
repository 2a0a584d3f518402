"""What every slice answers about a fact that it kept aside."""

from typing import Literal
from uuid import UUID

from app.rest.wire import ResponseModel


class QuarantinedResponse(ResponseModel):
    """Kept, but not counted until a supervisor releases it; do not send it again."""

    id: UUID
    state: Literal["quarantined"] = "quarantined"
