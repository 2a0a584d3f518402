"""Fixes rest exactly as they were sent."""

from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.tracks.packing import FixColumns, columns_of, pack, unpack

finite = st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True)
class Fix:
    recorded_ms: int
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery_percent: float | None
    mock: bool


fixes = st.builds(
    Fix, st.integers(-(2**62), 2**62), finite, finite, st.none() | finite, st.none() | finite, st.none() | finite,
    st.none() | finite, st.booleans(),
)  # fmt: skip


def same(one: FixColumns, other: FixColumns) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=field.name != "mock")
        for field in fields(FixColumns)
    )


@settings(deadline=None)
@given(st.lists(fixes, max_size=50))
def test_every_bit_comes_back(batch: list[Fix]) -> None:
    columns = columns_of(batch)
    assert same(unpack(pack(columns)), columns)
    assert [fix.lat for fix in batch] == unpack(pack(columns)).lat.tolist()


def test_damage_is_noticed() -> None:
    packed = pack(columns_of([Fix(1, 2.0, 3.0, None, None, None, None, False)] * 20))
    cut, other_kind, other_count = packed[:-4], b"XX1" + packed[3:], packed[:3] + b"\x15" + packed[4:]
    turned = packed[:20] + b"\xff" + packed[21:]
    for damaged in (b"", packed[:3], cut, other_kind, other_count, turned):
        with pytest.raises(ValueError, match="fix batch"):
            unpack(damaged)
