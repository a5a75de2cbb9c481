"""Takes every guard away once, and sees whether a test goes red.

    python -m tests.chaos.guards
    python -m tests.chaos.guards --only nonce

Works on a copy of the tree; nothing here is touched. A guard that can be taken away while its tests
stay green is no promise that anybody keeps.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.report import Lines, options, say

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("bot", "cogs", "sandbox", "tests", "pyproject.toml", "README.md", ".env.example")
SECONDS = 600
RED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard, and what the code looks like without it.

    Attributes:
        promise: What it keeps, in the words of docs/reliability.md.
        tests: Where the test is that must go red, with a word of its name where that is quicker.
    """

    promise: str
    file: str
    guarded: str
    bare: str
    tests: Sequence[str]


GUARDS = (
    Guard(
        "an intent that is too old is withdrawn, not sent",
        "bot/jobs/submitting.py",
        "if rt.clock.monotonic() - intended_at > rt.timing.intent:",
        "if False:",
        ("tests/jobs/test_submitting.py",),
    ),
    Guard(
        "a submit whose answer is lost is looked up, never sent again",
        "bot/jobs/submitting.py",
        "except (Busy, Unreachable) as error:",
        "except (Busy, Unreachable, OutcomeUnknown) as error:",
        ("tests/jobs/test_finding.py", "tests/jobs/test_submitting.py"),
    ),
    Guard(
        "a submit that a dead process began is looked up, not sent again",
        "bot/jobs/runner.py",
        "                State.UNKNOWN,\n                now=self._rt.clock.now(),\n"
        '                note="interrupted while submitting",',
        "                State.ACCEPTED,\n                now=self._rt.clock.now(),\n"
        '                note="interrupted while submitting",',
        ("tests/jobs/test_crashes.py",),
    ),
    Guard(
        "500, 502 and cut answers to a submit leave its fate open",
        "bot/providers/fal/_errors.py",
        "if not 400 <= status < 500 or status in {408, 409, 499}:",
        "if status in {408, 409, 499}:",
        ("tests/providers/fal",),
    ),
    Guard(
        "a request belongs to one job",
        "bot/jobs/finding.py",
        "if not jobs.claimed_request(conn, job.provider, one.handle.request_id)",
        "if True",
        ("tests/jobs/test_finding.py",),
    ),
    Guard(
        "absence counts only when read after the grace",
        "bot/jobs/finding.py",
        "if is_last and (found is not None or hopeless):",
        "if found is not None or hopeless:",
        ("tests/jobs/test_finding.py", "tests/jobs/test_submitting.py"),
    ),
    Guard(
        "every write is a compare-and-set",
        "bot/store/writes.py",
        "jobs.c.version == job.version, jobs.c.state == job.state.value",
        "jobs.c.id.is_not(None)",
        ("tests/store/test_jobs.py",),
    ),
    Guard(
        "the same interaction is one job",
        "bot/store/accepting.py",
        "        _check_repeated(conn, leader)\n        return None\n",
        "        _check_repeated(conn, leader)\n        return [leader]\n",
        ("tests/jobs/test_accepting.py", "tests/store/test_jobs.py"),
    ),
    Guard(
        "a card has a nonce that outlives the process",
        "bot/jobs/delivery/_cards.py",
        "return await self._send(state, nonce=str(state.job.id))",
        "return await self._send(state, nonce=__import__('secrets').token_hex(8))",
        ("tests/jobs/delivery/test_cards.py",),
    ),
    Guard(
        "a wish of which Discord said that it failed is withdrawn",
        "bot/jobs/service.py",
        "not await by.is_heard()",
        "False",
        ("tests/jobs/test_accepting.py",),
    ),
    Guard(
        "a card that was cancelled before it was known is ended all the same",
        "bot/jobs/showing.py",
        "            if job.card_id is None:\n"
        "                return await _find_card(rt, job, takes)\n",
        "            if job.card_id is None:\n                break\n",
        ("tests/jobs/test_crashes.py",),
    ),
    Guard(
        "what a dead process left thinking is taken away",
        "bot/jobs/showing.py",
        "        if job.card_id is not None:\n            await rt.board.hush(job)\n",
        "        pass\n",
        ("tests/jobs/test_crashes.py",),
    ),
    Guard(
        "an outage of Discord delays the last edit, however long",
        "bot/jobs/delivery/_errors.py",
        "if error.status >= 500 or error.status in {401, 429}:",
        "if error.status in {401, 429}:",
        ("tests/jobs/delivery/test_cards.py",),
    ),
    Guard(
        "a broken answer of Discord is an outage",
        "bot/jobs/delivery/_errors.py",
        "OSError, json.JSONDecodeError) as error:",
        "OSError) as error:",
        ("tests/jobs/delivery/test_cards.py",),
    ),
    Guard(
        "a file that arrived damaged is fetched again",
        "bot/jobs/delivering.py",
        'return DAMAGED_TRIES if error.code == "not_audio" else 1',
        "return 1",
        ("tests/jobs/test_delivering.py",),
    ),
    Guard(
        "a file that is no music is given up within minutes",
        "bot/jobs/delivering.py",
        "DOUBTFUL_TRIES = 7",
        "DOUBTFUL_TRIES = 40",
        ("tests/jobs/test_delivering.py",),
    ),
    Guard(
        "a download stops at its limit",
        "bot/audio/download.py",
        "if size > self._limit_bytes:",
        "if False:",
        ("tests/audio/test_download.py",),
    ),
    Guard(
        "a file that is shorter than announced is not taken for whole",
        "bot/audio/download.py",
        "if announced.isdecimal() and sink.size != int(announced[:20]):",
        "if False:",
        ("tests/audio/test_download.py",),
    ),
    Guard(
        "a failed upload promises no retry that does not come",
        "bot/providers/fal/_storage.py",
        "raise type(error)(say.UPLOAD_FAILED) from error",
        "raise",
        ("tests/providers/fal/test_storage.py",),
    ),
    Guard(
        "one process owns a SQLite file",
        "bot/store/location.py",
        "if not _lock(file):",
        "if False:",
        ("tests/store/test_database.py",),
    ),
    Guard(
        "leases of a dead process are free at the next start",
        "bot/store/leases.py",
        ".where(owes_work, jobs.c.lease_owner.is_not(None)).values(**_FREED)",
        ".where(owes_work, jobs.c.lease_owner == '').values(**_FREED)",
        ("tests/jobs/test_crashes.py", "tests/store"),
    ),
    Guard(
        "a settled job gives back what it did not cost",
        "bot/store/quota.py",
        "if cost < amount:",
        "if False:",
        ("tests/store", "tests/jobs/test_ending.py"),
    ),
)


def remove(guard: Guard, into: Path) -> bool:
    """Copy the tree without a guard; False where the guard is not there any more."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, into / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, into / part)
    path = into / guard.file
    code = path.read_text()
    if code.count(guard.guarded) != 1:
        return False
    path.write_text(code.replace(guard.guarded, guard.bare))
    return True


def first_red(guard: Guard, tree: Path) -> str | None:
    """Run a guard's tests until one goes red; None when all stay green."""
    command = [sys.executable, "-m", "pytest", *guard.tests, "-q", "-x", "-p", "no:cacheprovider"]
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    red = RED.search(done.stdout)
    return red[1] if red else None


def main() -> int:
    """Take the guards away, one after the other."""
    parser = options("guards", kills=0)
    parser.add_argument("--only", default="", help="words of a promise")
    args = parser.parse_args()
    kept = True
    with Lines(args.out) as lines:
        for guard in GUARDS:
            if args.only not in guard.promise:
                continue
            with tempfile.TemporaryDirectory(prefix="guards-") as folder:
                red = first_red(guard, Path(folder)) if remove(guard, Path(folder)) else ""
            kept = kept and bool(red)
            said = {None: "NO TEST GOES RED", "": "THE GUARD IS NOT WHERE IT WAS"}.get(red, red)
            say(f"| {guard.promise} | `{guard.file}` | `{said}` |")
            lines.write(kind="guard", promise=guard.promise, file=guard.file, red=red)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
