"""openapi/openapi.json says what the code does; `make openapi` writes it again."""

import json
import subprocess
import sys
from pathlib import Path

from tests.house.layout import ROOT


def test_the_published_description_equals_the_code(tmp_path: Path) -> None:
    exported = tmp_path / "openapi.json"
    beatcheck = Path(sys.executable).with_name("beatcheck")
    subprocess.run([beatcheck, "export-openapi", exported], check=True, cwd=ROOT, capture_output=True)
    published = ROOT / "openapi" / "openapi.json"
    assert published.read_text() == exported.read_text(), "run `make openapi` and read the difference"


def test_every_schema_has_a_name_of_its_own() -> None:
    # Two models of one name are told apart by their modules, and clients get names such as app__me__schemas__Thing.
    schemas = json.loads((ROOT / "openapi" / "openapi.json").read_text())["components"]["schemas"]
    assert [name for name in schemas if "__" in name] == []
