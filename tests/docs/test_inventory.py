"""The data inventory and the grants are what the models and the notes about them say, and nothing is left out."""

from dataclasses import replace

import pytest

from app.tables import METADATA
from docs.inventory import catalogue
from docs.inventory.__main__ import GRANTS, PAGE
from docs.inventory.catalogue import Kind, Rights, gaps, noted, tables
from docs.inventory.grants import grants_script
from docs.inventory.page import inventory_page

AGAIN = "run: python -m docs.inventory"


def test_every_table_and_column_is_noted() -> None:
    missing = list(gaps())
    assert not missing, "\n".join(["", *missing, f"then {AGAIN}"])


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == inventory_page(), AGAIN


def test_the_grants_are_what_the_notes_say() -> None:
    assert GRANTS.read_text(encoding="utf-8") == grants_script(), AGAIN


def test_what_is_missing_is_named_with_the_line_to_add(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name: note for name, note in tables().items() if name != "patrols"}
    columns = {key: note for key, note in catalogue.columns().items() if key != ("patrols", "mode")}
    strange = known | {"gone": replace(known["teams"], table="gone", rights="odd")}
    monkeypatch.setattr(catalogue, "tables", lambda: strange)
    monkeypatch.setattr(catalogue, "columns", lambda: columns)
    found = list(gaps())
    assert any(
        one.startswith("add to docs/inventory/tables.csv a line for the table: patrols,") for one in found
    )
    assert any(
        one.startswith("add to docs/inventory/columns.csv a line for the column: patrols,mode,")
        for one in found
    )
    assert "remove from docs/inventory/tables.csv: there is no table gone" in found


def test_coordinates_are_marked_as_location() -> None:
    for table in METADATA.tables.values():
        about_people = tables()[table.name].about != "nobody"
        for column in table.columns:
            note = noted(table.name, column.name)
            assert note is not None
            tells_where = column.name in {"longitude", "latitude", "line", "packed"}
            assert not tells_where or note.kind == Kind.LOCATION, f"{table.name}.{column.name}"
            if note.kind == Kind.LOCATION:
                assert about_people, table.name


def test_facts_and_the_log_cannot_be_rewritten() -> None:
    script = grants_script()
    for name in ("audit_events", "fix_batches", "check_outs", "crew_members"):
        assert tables()[name].rights in (Rights.LOG, Rights.FACT)
        assert f"GRANT SELECT, INSERT ON TABLE {name} TO beatcheck_app;" in script
        changing = [line for line in script.splitlines() if f") ON TABLE {name} " in line]
        assert all(line.endswith(" TO beatcheck_keeper;") for line in changing), name
    assert not any("audit" in line for line in script.splitlines() if "UPDATE (" in line)
