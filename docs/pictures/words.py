"""Puts results into the words of the note: lengths of time, and the plain labels that the product shows."""

import csv
from dataclasses import dataclass
from pathlib import Path

_LISTS = Path(__file__).resolve().parents[2] / "app" / "reference" / "lists.csv"


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: the file's name without its ending, the caption the note repeats, and the SVG text."""

    name: str
    caption: str
    svg: str


def plain_labels(name: str) -> dict[str, str]:
    """The plain label of each code of a list the product ships."""
    with _LISTS.open(newline="", encoding="utf-8") as file:
        return {row["code"]: row["plain_label"] for row in csv.DictReader(file) if row["list"] == name}


def sentence(text: str) -> str:
    """A caption written over several lines, as one."""
    return " ".join(text.split())


def lasting(ms: int) -> str:
    """«60 min», «6 min 40 s», «24 s», «no time»; floored to whole seconds."""
    minutes, seconds = divmod(ms // 1000, 60)
    parts = [f"{minutes} min"] if minutes else []
    parts += [f"{seconds} s"] if seconds else []
    return " ".join(parts) or "no time"


def patrol_status(code: str) -> str:
    """A patrol's status as the officer reads it, with its code."""
    return f"“{plain_labels('patrol_statuses')[code]}” (`{code}`)"


def window_status(code: str) -> str:
    """A window's status as the sergeant reads it, with its code."""
    return f"“{plain_labels('window_statuses')[code]}” (`{code}`)"
