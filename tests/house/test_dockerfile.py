"""The image runs the service as nobody in particular, from the locked packages, without tools or demo."""

import re

from tests.house.layout import ROOT

TEXT = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
STEPS = [
    tuple(line.split(maxsplit=1)) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")
]
LAST_STAGE = STEPS[max(i for i, (word, _) in enumerate(STEPS) if word == "FROM") :]


def test_the_service_does_not_run_as_root() -> None:
    users = [rest for word, rest in LAST_STAGE if word == "USER"]
    assert users, "no USER in the last stage"
    assert users[-1] not in {"0", "root"}


def test_packages_come_from_the_lock_file() -> None:
    installs = re.findall(r"pip install (.*)", TEXT)
    assert installs
    assert all("--require-hashes -r requirements.lock" in text or "--no-deps" in text for text in installs)


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    allowed = {
        line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for word, rest in STEPS:
        if word == "COPY" and not rest.startswith("--from"):
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists(), name
                assert name.rstrip("/") in allowed, name


def test_health_is_asked_of_the_process_itself() -> None:
    assert any(word == "HEALTHCHECK" and "/livez" in rest for word, rest in LAST_STAGE)
