"""What a file of thresholds changes, and what it may not."""

from datetime import date

import pytest

from app.imports.findings import Severity
from app.imports.profiles import STANDARD
from app.imports.rows import validated
from app.imports.tables import read_csv
from app.tracks.importing import DatedPolicy, PoliciesPlanned, ThresholdRow, plan_policies
from app.tracks.policy import KINDS, Policy
from tests.tracks.scene import result, track

TODAY = date(2026, 3, 2)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def plan(*lines: str, held: tuple[DatedPolicy, ...] = ()) -> PoliciesPlanned:
    raw = "\n".join(["valid_from,threshold,value", *lines]).encode()
    rows, findings = validated(read_csv(raw), ThresholdRow, STANDARD)
    assert findings == []
    return plan_policies(rows, held, TODAY)


def codes(planned: PoliciesPlanned) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in planned.findings]


def test_what_is_not_named_stays_as_it_was() -> None:
    planned = plan("2026-04-01,max_gap_seconds,90", "2026-05-01,silence_seconds,300")
    assert planned.policies == (
        DatedPolicy(APRIL, Policy(max_gap_seconds=90)),
        DatedPolicy(MAY, Policy(max_gap_seconds=90, silence_seconds=300)),
    )
    told = [(one.key, one.before, one.after) for one in planned.changes]
    assert told == [
        ("2026-04-01/max_gap_seconds", "120", "90"),
        ("2026-05-01/silence_seconds", "600", "300"),
    ]
    assert (planned.findings, planned.unchanged) == ((), 0)


def test_what_already_holds_changes_nothing() -> None:
    held = (DatedPolicy(APRIL, Policy(max_gap_seconds=90)),)
    again = plan("2026-04-01,max_gap_seconds,90", "2026-05-01,edge_band_m,25", held=held)
    assert (again.policies, again.changes, again.findings, again.unchanged) == ((), (), (), 2)
    # Even when the day has passed by: a file may be sent again.
    long_ago = (DatedPolicy(date(2026, 1, 1), Policy(max_gap_seconds=90)),)
    assert plan("2026-01-01,max_gap_seconds,90", held=long_ago).unchanged == 1


def test_every_kind_of_value() -> None:
    planned = plan(
        "2026-04-01,one_officer_alone,Yes", "2026-04-01,edge_band_m,30", "2026-04-01,teleport_share,0.2"
    )
    assert planned.policies[0].policy == Policy(one_officer_alone=True, edge_band_m=30.0, teleport_share=0.2)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2026-04-01,max_gap,90", "threshold-unknown"),
        ("2026-04-01,max_gap_seconds,90.5", "value-kind"),
        ("2026-04-01,max_gap_seconds,1_0", "value-kind"),
        ("2026-04-01,max_gap_seconds,true", "value-kind"),
        ("2026-04-01,edge_band_m,wide", "value-kind"),
        ("2026-04-01,edge_band_m,nan", "value-kind"),
        ("2026-04-01,edge_band_m,inf", "value-kind"),
        ("2026-04-01,one_officer_alone,1", "value-kind"),
        ("2026-04-01,max_gap_seconds,-1", "negative"),
        ("2026-04-01,edge_band_m,-0.5", "negative"),
        ("2026-04-01,max_gap_seconds,9999999999", "out-of-range"),
        ("2026-04-01,edge_step_seconds,0", "out-of-range"),
        ("2026-04-01,teleport_share,1.5", "out-of-range"),
        ("2026-03-01,max_gap_seconds,90", "in-the-past"),
    ],
)
def test_what_no_row_may_say(line: str, code: str) -> None:
    planned = plan("2026-04-01,silence_seconds,300", line)
    assert (2, code) in codes(planned)
    said = line.rpartition(",")[2]
    assert all(said not in one.detail for one in planned.findings if len(said) > 2)


def test_a_day_has_its_rules_once() -> None:
    held = (DatedPolicy(APRIL, Policy(max_gap_seconds=90)),)
    assert codes(plan("2026-04-01,max_gap_seconds,80", held=held)) == [(1, "held")]
    assert codes(plan("2026-04-01,silence_seconds,300", held=held)) == [(1, "held")]


def test_what_somebody_should_know() -> None:
    held = (DatedPolicy(MAY, Policy(silence_seconds=300)),)
    planned = plan("2026-03-02,max_gap_seconds,90", "2026-03-02,silence_seconds,300", held=held)
    assert codes(planned) == [(1, "from-today"), (1, "followed-by-other")]
    assert all(one.severity is Severity.WARNING for one in planned.findings)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind is not bool])
def test_a_patrol_can_be_judged_by_the_least_and_the_most_that_may_be_said(name: str) -> None:
    """The limits are those within which an assessment neither overflows nor divides by nothing."""
    seconds = range(0, 3600, 30)
    fixes = track(seconds, [190.0 + 25 * (number % 3) for number in range(120)], accuracy=0)
    accepted = []
    for value in ("0", "0.1", "1", "1000", "86400", "100000"):
        for one in plan(f"2026-04-01,{name},{value}").policies:
            accepted.append(one.policy)
            grades = result(fixes, policy=one.policy).whole
            assert grades.total_ms == 3_600_000
            assert min(grades.verified_ms, grades.probable_ms, grades.unverified_ms, grades.outside_ms) >= 0
    assert len(accepted) >= 2
