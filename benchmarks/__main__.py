"""`make bench`: every figure of the design beside its peer or limit, measured in one run on this machine."""

import os

from rich.console import Console
from rich.table import Table

from benchmarks import (
    activities,
    assess,
    audit,
    compliance,
    drawing,
    imports,
    sync,
    uploads,
    waiting,
    webhooks,
)
from benchmarks.large_force import Size

GOALS = {
    "fixes_with_progress_per_second": "at least 20,000 (30,000 stored)",
    "check_ins_per_second": "at least 400",
    "check_in_p99_ms_at_50_per_second": "below 100",
    "activities_per_second": "at least 400",
    "activity_p99_ms_at_50_per_second": "below 100",
}


def main() -> None:
    """Runs all benchmarks, one after the other, and prints them."""
    console = Console()
    load, *_ = os.getloadavg()
    console.print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
    assess.main()
    drawing.main()
    found = {**uploads.run(), **activities.run()}
    table = Table(
        title="Uploads, check-ins and activities over HTTP: one server process, PostgreSQL, audited, durable"
    )
    for heading in (
        "figure",
        "measured",
        "goal",
        "share of the stripped application",
        "share of parsing alone",
    ):
        table.add_column(heading, justify="left" if heading in ("figure", "goal") else "right")
    for name, value in found.items():
        fixes = name.endswith("fixes_per_second") or name.startswith("fixes")
        shares = [
            f"{value / found[peer]:.2f}" if fixes else ""
            for peer in ("stripped_fixes_per_second", "parsing_fixes_per_second")
        ]
        table.add_row(name.replace("_", " "), f"{value:,.1f}", GOALS.get(name, ""), *shares)
    console.print(table)
    sync.main()
    audit.main()
    imports.run(Console(width=170), imports.ROWS, ("sqlite", "postgres"))
    webhooks.run()
    waiting.run(imports.KINDS[1], imports.ROWS, ("sqlite", "postgres"))
    compliance.run(Console(width=170), Size(), compliance.RUNS)


if __name__ == "__main__":
    main()
