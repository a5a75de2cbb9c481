"""The arrows between the rooms, read from the syntax trees, so that they stay as they are drawn."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_LINES = 400

_GROUND = ("bot.errors", "bot.config", "bot.domain")
_PURE = (*_GROUND, "bot.catalogue", "bot.limits")
_REACH = (*_PURE, "bot.providers", "bot.store", "bot.audio")

MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    # Each module follows the longest name that fits, and may always import its own room.
    "bot.errors": (),
    "bot.domain": ("bot.errors",),
    "bot.metrics": ("bot.domain",),
    "bot.log_context": (),
    "bot.config": ("bot.errors", "bot.domain"),
    "bot.catalogue": _GROUND,
    "bot.limits": _GROUND,
    "bot.providers": _PURE,
    "bot.store": _PURE,
    "bot.audio": _PURE,
    "bot.jobs": (*_REACH, "bot.metrics", "bot.log_context"),
    "bot.ui": (*_REACH, "bot.jobs", "bot.metrics"),
    "bot": ("bot",),
    "cogs": ("bot",),
    "sandbox": ("bot.errors", "bot.config", "bot.domain", "bot.catalogue", "bot.logs"),
}
"""Which of our own packages a room may import."""

ONLY_IN: Mapping[str, tuple[str, ...]] = {
    "discord": ("bot.ui", "bot.app", "bot.doctor", "bot.jobs.delivery", "cogs"),
    "httpx": ("bot.providers", "bot.audio.download", "bot.audio.addresses"),
    "httpx_sse": ("bot.providers",),
    "sqlalchemy": ("bot.store",),
    "alembic": ("bot.store",),
    # The sandbox is a server; the bot's own uses are its two small servers, discord.py's connections,
    # the errors that those raise, and reading Discord's clock.
    "aiohttp": (
        "sandbox",
        "bot.health",
        "bot.listening",
        "bot.webhook",
        "bot.app",
        "bot.doctor",
        "bot.ui.answers",
        "bot.jobs.delivery",
    ),
    "cryptography": ("bot.providers", "sandbox.fal"),
    "numpy": ("bot.audio", "sandbox.fal"),
    "soundfile": ("bot.audio", "sandbox.fal"),
    "soxr": ("bot.audio", "sandbox.fal"),
    "lameenc": ("bot.audio", "sandbox.fal"),
    "mutagen": ("bot.audio", "sandbox.fal"),
    "PIL": ("bot.audio",),
    "multiprocessing": ("bot.audio", "sandbox.fal"),
    "pydantic_settings": ("bot.config",),
    "prometheus_client": ("bot.metrics",),
    "dotenv": (),
    "fal_client": (),
    "requests": (),
}
"""Which of our rooms may import a library."""

PURE = ("bot.domain", "bot.catalogue", "bot.limits", "bot.errors")
IMPURE = frozenset(
    {
        "asyncio", "concurrent", "ftplib", "http", "logging", "multiprocessing", "os", "pathlib",
        "selectors", "shutil", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile",
        "threading", "time",
    }
)  # fmt: skip
"""What reaches out of the process, or waits."""

EXEMPT = frozenset({("bot.domain.clock", "asyncio"), ("bot.domain.clock", "time")})
"""The one place where the machine's time comes in."""


def violations(root: Path) -> list[str]:
    """Read every module below a root and give one sentence per arrow that points the wrong way."""
    found = []
    for path in _modules(root):
        tree = ast.parse(path.read_text(), str(path))
        name = _name(path.relative_to(root))
        found += [f"{name}: {problem}" for problem in _shape(name, path, tree)]
        for imported in sorted(set(_imports(name, tree, is_package=path.stem == "__init__"))):
            found += [f"{name}: {problem}" for problem in _arrow(name, imported)]
    return found


def _modules(root: Path) -> Iterator[Path]:
    for package in ("bot", "cogs", "sandbox"):
        yield from sorted((root / package).rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _shape(name: str, path: Path, tree: ast.Module) -> Iterator[str]:
    if ast.get_docstring(tree) is None:
        yield "has no docstring"
    lines = len(path.read_text().splitlines())
    if _within(name, "bot") and lines > LONGEST_LINES:
        yield f"is {lines} lines long"


def _imports(name: str, tree: ast.Module, *, is_package: bool) -> Iterator[str]:
    """Yield every name imported anywhere in a module, whole, those for type checkers included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = name.split(".")[: len(name.split(".")) - node.level + is_package]
                base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _arrow(name: str, imported: str) -> Iterator[str]:
    library = imported.partition(".")[0]
    if library in {"bot", "cogs", "sandbox"}:
        room = max((one for one in MAY_IMPORT if _within(name, one)), key=len)
        own = name if room == "cogs" else room
        allowed = (own, *MAY_IMPORT[room])
        if imported.partition(".")[2] and not any(_within(imported, one) for one in allowed):
            yield f"imports {imported}"
    elif library == "tests":
        yield f"imports {imported}"
    elif library in ONLY_IN and not any(_within(name, one) for one in ONLY_IN[library]):
        yield f"imports {library}"
    elif (
        library in IMPURE
        and any(_within(name, one) for one in PURE)
        and (name, library) not in EXEMPT
    ):
        yield f"is pure, and imports {library}"


def _within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def test_every_arrow_points_the_way_it_is_drawn() -> None:
    """No room imports what is above or beside it, and no library leaves the room it belongs to."""
    assert violations(ROOT) == []


WRONG = [
    ("bot/jobs/x.py", "import discord", "bot.jobs.x: imports discord"),
    ("bot/ui/x.py", "import httpx", "bot.ui.x: imports httpx"),
    ("bot/jobs/x.py", "from sqlalchemy import Connection", "bot.jobs.x: imports sqlalchemy"),
    ("bot/audio/bench.py", "import httpx", "bot.audio.bench: imports httpx"),
    ("bot/store/x.py", "from bot.jobs import runner", "bot.store.x: imports bot.jobs.runner"),
    ("bot/store/x.py", "from bot import jobs", "bot.store.x: imports bot.jobs"),
    ("bot/store/x.py", "from ..jobs.runner import Runner", "bot.store.x: imports bot.jobs.runner"),
    ("bot/store/x.py", "from bot.audio.fit import Fit", "bot.store.x: imports bot.audio.fit.Fit"),
    ("bot/catalogue/x.py", "from bot.store import meta", "bot.catalogue.x: imports bot.store.meta"),
    ("bot/limits/x.py", "import asyncio", "bot.limits.x: is pure, and imports asyncio"),
    ("bot/x.py", "from cogs.music import Music", "bot.x: imports cogs.music.Music"),
    ("bot/x.py", "import sandbox.app", "bot.x: imports sandbox.app"),
    ("bot/x.py", "from tests.clock import START", "bot.x: imports tests.clock.START"),
    ("cogs/x.py", "from cogs.music import Music", "cogs.x: imports cogs.music.Music"),
    ("sandbox/x.py", "from bot.store import jobs", "sandbox.x: imports bot.store.jobs"),
    (
        "bot/jobs/x.py",
        "def late() -> None:\n    from discord import Embed",
        "bot.jobs.x: imports discord",
    ),
    (
        "bot/jobs/x.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import discord",
        "bot.jobs.x: imports discord",
    ),
]


@pytest.mark.parametrize(("path", "code", "problem"), WRONG, ids=[code for _, code, _ in WRONG])
def test_an_arrow_the_wrong_way_is_found(
    tmp_path: Path, path: str, code: str, problem: str
) -> None:
    """The checker can fail: each of these made-up modules breaks one rule."""
    module = tmp_path / path
    module.parent.mkdir(parents=True)
    module.write_text(f'"""Made up."""\n{code}\n')

    found = violations(tmp_path)

    assert any(one.startswith(problem) for one in found), found


def test_what_is_allowed_is_not_reported(tmp_path: Path) -> None:
    """The checker can also pass: arrows the right way are no violations."""
    for path, code in {
        "bot/jobs/delivery/x.py": "import discord\nfrom bot.store import jobs",
        "bot/audio/download.py": "import httpx",
        "bot/domain/clock.py": "import asyncio",
        "cogs/x.py": "import discord\nfrom bot.app import MinstrelBot",
        "sandbox/x.py": "import aiohttp\nfrom bot.catalogue import find",
    }.items():
        module = tmp_path / path
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(f'"""Made up."""\n{code}\n')

    assert violations(tmp_path) == []


def test_a_module_without_a_word_and_one_with_too_many_lines_are_found(tmp_path: Path) -> None:
    """Every module says why it exists, and none in the bot is longer than can be read at once."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "silent.py").write_text("X = 1\n")
    (tmp_path / "bot" / "long.py").write_text('"""Long."""\n' + "X = 1\n" * LONGEST_LINES)

    assert violations(tmp_path) == [
        "bot.long: is 401 lines long",
        "bot.silent: has no docstring",
    ]
