"""What is shipped: an image that is not root, and dependencies that are what they were."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ;[^\\]*)? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def _stage(text: str) -> list[str]:
    """Give the instructions of the last stage, which is what runs, each on one line."""
    whole = re.sub(r"\\\n\s*", " ", text)
    last = re.split(r"^FROM ", whole, flags=re.MULTILINE)[-1]
    return [line for line in last.splitlines() if line and not line.startswith("#")]


def test_the_image_runs_as_nobody_in_particular() -> None:
    """A number, so that the host can check it; not root, and without a shell to log in with."""
    lines = _stage((ROOT / "Dockerfile").read_text())

    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert all(re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user) for user in users)
    after = lines[max(at for at, line in enumerate(lines) if line.startswith("USER ")) + 1 :]
    assert not any(line.startswith(("RUN", "COPY", "ADD", "USER root")) for line in after)
    assert any("/usr/sbin/nologin" in line for line in lines)


def test_the_image_writes_into_its_volume_alone() -> None:
    """So it can be run with a root that is read-only; the program itself belongs to root."""
    lines = _stage((ROOT / "Dockerfile").read_text())

    assert "VOLUME /data" in lines
    assert "WORKDIR /data" in lines
    assert any("MINSTREL_DATA_DIR=/data" in line for line in lines)
    copies = [line for line in lines if line.startswith("COPY")]
    assert copies
    assert not any("--chown" in line or "--chmod" in line for line in copies)


def test_the_image_has_no_secret_in_it() -> None:
    """Nothing is copied that may hold one, and none is an argument of the build."""
    text = (ROOT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?:--\S+ )*(.+) \S+$", text, re.MULTILINE)

    assert not re.search(r"(TOKEN|KEY|SECRET|PASSWORD)\s*=", text)
    assert not any(one in {".", "./", "*"} or ".env" in one for one in " ".join(copied).split())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_dependency_is_the_very_file_that_was_tested(lock: Path) -> None:
    """Every package has one version and hashes, and no address that could answer differently."""
    lines = [line for line in lock.read_text().splitlines() if line and not line.startswith("#")]

    assert lines
    names = []
    for at, line in enumerate(lines):
        if _HASH.match(line):
            continue
        pinned = _PINNED.match(line)
        assert pinned, f"not pinned with hashes: {line}"
        assert _HASH.match(lines[at + 1])
        names.append((pinned["name"], line))
    assert len(names) == len(set(names))
    assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted|^-e ", "\n".join(lines))


def test_what_runs_is_a_part_of_what_was_tested() -> None:
    """The image's dependencies are those that the tests ran with, to the last hash."""
    tested, shipped = (
        (ROOT / "requirements" / name).read_text() for name in ("dev.lock", "run.lock")
    )

    def pins(text: str) -> set[str]:
        return {line.split(" ;")[0].rstrip(" \\") for line in text.splitlines() if "==" in line}

    assert pins(shipped) - pins(tested) == set()
