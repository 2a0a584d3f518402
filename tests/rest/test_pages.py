"""Pages are escaped, self-contained and kept nowhere."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import DictLoader, UndefinedError

from app.rest import pages


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes a template of a body; answers its name."""

    def write(text: str) -> str:
        outer = (Path(pages.__file__).parent / "templates" / "page.html").read_text(encoding="utf-8")
        body = '{% extends "page.html" %}{% block body %}' + text + "{% endblock %}"
        made = pages._environment().overlay(loader=DictLoader({"page.html": outer, "one.html": body}))
        monkeypatch.setattr(pages, "_environment", lambda: made)
        return "one.html"

    return write


def test_values_are_escaped(template: Callable[[str], str]) -> None:
    name = template("<p>{{ told }}</p>")
    assert "<p>&lt;script&gt;</p>" in pages.rendered(name, {"told": "<script>"})


def test_a_value_that_is_missing_is_an_error(template: Callable[[str], str]) -> None:
    with pytest.raises(UndefinedError):
        pages.rendered(template("{{ told }}"), {})


def test_a_page_is_stored_nowhere_and_may_fetch_nothing(template: Callable[[str], str]) -> None:
    answer = pages.page(template("x"), {})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "OFFICIAL-SENSITIVE" in bytes(answer.body).decode()
