"""The figures the proofs reached: printed at the end of a run, and in full kept in var/assurance-report.json."""

import json
from dataclasses import dataclass, field
from pathlib import Path

REPORT = Path(__file__).resolve().parents[2] / "var" / "assurance-report.json"
Figure = int | float | str


@dataclass(slots=True)
class Figures:
    """What was measured on one kind of database."""

    database: str
    full: bool
    found: dict[str, dict[str, Figure]] = field(default_factory=dict)

    def add(self, proof: str, **figures: Figure) -> None:
        """Keeps a proof's figures; at full length the report is written at once, so that a later failure keeps it."""
        self.found[proof] = figures
        if self.full:
            self._write()

    def _write(self) -> None:
        report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
        report.setdefault(self.database, {}).update(self.found)
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")

    def lines(self) -> list[str]:
        """One line a proof."""
        return [
            f"{self.database} {proof}: " + ", ".join(f"{name} {value}" for name, value in figures.items())
            for proof, figures in self.found.items()
        ]
