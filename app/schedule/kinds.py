"""The states of a drawn schedule. Pure."""

from enum import StrEnum


class ScheduleState(StrEnum):
    """DRAFT: drawn, nothing counts yet. PUBLISHED: from the first window that was made of it. DISCARDED: never used."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"
