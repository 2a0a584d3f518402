"""Policies on the wire."""

from datetime import date

from pydantic import Field

from app.rest.wire import ResponseModel
from app.tracks.policy import PolicyValue


class PolicyResponse(ResponseModel):
    """The rules patrols are judged by from a day on. `policy_version` of a result names the `version` it was made with.

    The same values have the same version, whenever they hold.
    """

    version: str
    valid_from: date | None = Field(description="Null for the built-in rules, which hold before all others.")
    built_in: bool
    in_force: bool = Field(description="Whether they hold today.")
    values: dict[str, PolicyValue] = Field(
        description="Every threshold by name; the name ends in its unit, `_m_s` being metres a second."
    )


class PolicyList(ResponseModel):
    """Oldest first."""

    items: list[PolicyResponse]
