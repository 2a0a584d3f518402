"""The documents say what the code does: pictures, captions, thresholds, settings, problem codes, links."""

import re
import struct
import tomllib
import zlib
from functools import cache
from pathlib import Path

import pytest

from app.routes import PROBLEM_KINDS
from app.settings import Settings
from app.tracks.policy import Policy
from docs.pictures.draw import HERE, SCENES
from docs.pictures.pages import png
from docs.pictures.words import Scene, plain_labels

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROOT = DOCS.parent
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
NAMES = [draw.__name__ for draw in SCENES]


def _read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _as_one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def _scenes() -> dict[str, Scene]:
    return {draw.__name__: draw() for draw in SCENES}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_what_the_code_draws(name: str) -> None:
    scene = _scenes()[name]
    kept = (HERE / f"{scene.name}.svg").read_text(encoding="utf-8")
    assert kept == scene.svg, "run: python -m docs.pictures.draw"


@pytest.mark.parametrize("name", NAMES)
def test_the_method_note_repeats_a_pictures_caption(name: str) -> None:
    scene = _scenes()[name]
    note = _as_one_line(_read("method.md"))
    assert scene.caption in note
    assert f"](pictures/{scene.name}.svg)" in note


def test_every_picture_kept_is_drawn() -> None:
    assert {path.stem for path in HERE.glob("*.svg")} == {scene.name for scene in _scenes().values()}


def test_every_picture_of_a_page_is_shown_and_small() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    kept = list((HERE / "pages").iterdir())
    assert len(kept) == 4
    for picture in kept:
        assert f"pictures/pages/{picture.name})" in shown
        assert picture.stat().st_size < 200_000


def test_a_printed_page_becomes_a_png_of_sixteen_greys() -> None:
    made = png(b"P5\n3 2\n255\n" + bytes([0, 16, 255, 128, 64, 32]))
    assert made[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">IIBB", made[16:26]) == (3, 2, 4, 0)
    size = int.from_bytes(made[33:37])
    # A line is a filter (none) and two dots a byte, rounded up.
    assert zlib.decompress(made[41 : 41 + size]) == bytes([0, 0x01, 0xF0, 0, 0x84, 0x20])


@pytest.mark.parametrize(("name", "value"), Policy().values().items())
def test_a_threshold_stands_in_the_method_note_with_its_value(name: str, value: float) -> None:
    shown = ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"
    assert re.search(rf"^\| `{name}` \| {re.escape(shown)}( [^|]+)? \| \S", _read("method.md"), re.MULTILINE)


def test_the_method_note_names_the_policys_version() -> None:
    assert f"`{Policy().version}`" in _read("method.md")


@pytest.mark.parametrize("name", ["patrol_statuses", "grades", "fix_labels"])
def test_the_method_note_uses_the_products_own_words(name: str) -> None:
    note = _read("method.md")
    for code, label in plain_labels(name).items():
        assert f"`{code}`" in note
        assert code == "reason_accepted" or f"| {label} |" in note, label


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_stands_in_the_operations_guide(name: str) -> None:
    assert f"BEATCHECK_{name.upper()}" in _read("operations.md")


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[\w-]+", one)[0] for one in wanted}  # type: ignore[index]  # every one begins with a name
    reasons = _read("decisions.md")
    assert {name for name in names if f"`{name}`" not in reasons} == set()


def test_problem_codes_of_the_phones_contract_exist() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", _read("mobile.md"), re.MULTILINE)
    assert len(rows) >= 10
    known = {(kind.code, kind.status) for kind in PROBLEM_KINDS}
    assert {(code, int(status)) for status, code in rows} <= known


def _headings(text: str) -> set[str]:
    """The anchors of a page as forges make them: lower case, punctuation dropped, hyphens for spaces."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor and found.suffix == ".md":
            assert anchor in _headings(found.read_text(encoding="utf-8")), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_modules_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:app|demo|docs|tests|benchmarks)/[\w./]+)`", text):
        assert (ROOT / name).exists(), f"{page.name}: {name}"
    for name in re.findall(r"python -m ((?:demo|docs|benchmarks)[\w.]*)", text):
        path = ROOT / name.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{page.name}: {name}"
