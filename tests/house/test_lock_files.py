"""The lock files are in step with pyproject.toml, as far as that can be known without a network."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.layout import ROOT

PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^ ;\\]+)")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, set[Version]]:
    """The versions a lock file holds of each package; several where they differ by platform."""
    found: dict[str, set[Version]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if match := PIN.match(line):
            found.setdefault(canonicalize_name(match["name"]), set()).add(Version(match["version"]))
    return found


def unmet(requirements: list[str], lock: dict[str, set[Version]]) -> Iterator[str]:
    """The requirements that the lock leaves out or meets with a version they do not allow."""
    for text in requirements:
        requirement = Requirement(text)
        versions = lock.get(canonicalize_name(requirement.name), set())
        if not versions or not all(requirement.specifier.contains(version) for version in versions):
            yield text


def test_the_service_lock_meets_every_requirement() -> None:
    assert list(unmet(PROJECT["dependencies"], pins("requirements.lock"))) == []


def test_the_tools_lock_meets_every_requirement() -> None:
    requirements = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert list(unmet(requirements, pins("requirements-dev.lock"))) == []


def test_both_locks_agree() -> None:
    service, tools = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: versions for name, versions in service.items() if tools.get(name) != versions} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_a_hash(name: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)
    bare = [block.splitlines()[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]
    assert bare == []


def test_a_missing_or_old_pin_is_noticed() -> None:
    lock = {"fastapi": {Version("0.100")}}
    assert list(unmet(["fastapi>=0.165", "httpx"], lock)) == ["fastapi>=0.165", "httpx"]
