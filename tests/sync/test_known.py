"""What of a refused fact may be kept: the fields we know, and nothing else."""

from hypothesis import given, strategies as st

from app.patrols.schemas import CheckInRequest, FixBatchRequest
from app.rest.body import adapter
from app.sync.known import known_part

CHECK_IN = adapter(CheckInRequest).json_schema()
BATCH = adapter(FixBatchRequest).json_schema()


def test_a_known_field_is_kept_also_when_its_value_is_not_valid() -> None:
    sent = {"mode": "HOVER", "checked_in_at": "yesterday", "position": {"lat": 952, "lon": None}}
    assert known_part(sent, CHECK_IN) == sent


def test_an_unknown_field_is_never_kept_at_any_depth() -> None:
    sent = {
        "mode": "FOOT",
        "suspect": "a name",
        "position": {"lat": 52.0, "lon": -1.9, "who": "a name"},
        "crew": [{"collar_number": "4102", "friend": "a name"}, "a name", {"only": "a name"}],
    }
    kept = known_part(sent, CHECK_IN)
    assert kept == {
        "mode": "FOOT",
        "position": {"lat": 52.0, "lon": -1.9},
        "crew": [{"collar_number": "4102"}, {}],
    }


def test_a_structure_where_none_belongs_is_not_kept() -> None:
    sent = {
        "mode": {"name": "a name"},
        "operation": ["a name"],
        "cost_code": {"a": {"b": 1}},
        "crew": {"x": 1},
    }
    assert known_part(sent, CHECK_IN) == {}


def test_text_is_bounded_by_what_belongs_there() -> None:
    kept = known_part({"mode": "x" * 500, "operation": "y" * 9000, "cost_code": "z" * 500}, CHECK_IN)
    assert {name: len(value) for name, value in kept.items()} == {
        "mode": 64,
        "operation": 4000,
        "cost_code": 64,
    }


def test_what_is_no_object_holds_nothing() -> None:
    assert known_part("a name", CHECK_IN) == known_part(["a name"], CHECK_IN) == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["fixes", "lat", "device_id", "name"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["fixes", "device_id", "sequence", "surprise"]), _JSON))
def test_only_known_names_are_left_whatever_comes(sent: dict[str, object]) -> None:
    known = {"device_id", "sequence", "time_source", "captured_by", "fixes"}
    of_fix = {
        "recorded_at", "lat", "lon", "accuracy_m", "speed_mps", "heading_deg", "mock", "battery_percent",
    }  # fmt: skip
    kept = known_part(sent, BATCH)
    assert kept.keys() <= known
    for fix in kept.get("fixes", []) if isinstance(kept.get("fixes"), list) else []:
        assert not isinstance(fix, dict) or fix.keys() <= of_fix
    assert known_part(kept, BATCH) == kept
