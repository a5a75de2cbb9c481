"""A short form of the campaigns: what docs/reliability.md promises, in the time that CI has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import cases, faults, kills, report

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Connections break here on purpose."""
    report.prepare()


@pytest.mark.timeout(300)
async def test_killed_at_any_moment_nothing_is_lost_paid_twice_or_said_twice(
    tmp_path: Path,
) -> None:
    """The full form kills 500 times: `python -m tests.chaos.kills`."""
    plan = kills.Plan(kills=6, seed=7, window_seconds=3, grace_seconds=40)

    with report.Lines(tmp_path / "kills.jsonl") as lines:
        verdict = await kills.campaign(plan, lines)

    assert verdict.findings == {name: [] for name in verdict.findings}
    assert verdict.counts["jobs"] > 0


@pytest.mark.timeout(300)
async def test_every_trouble_ends_in_a_sentence_and_an_exact_bill(tmp_path: Path) -> None:
    """The full form tries all of them: `python -m tests.chaos.faults`."""
    quick = [case for case in cases.CASES if case.quick]

    outcomes = await faults.run(quick, tmp_path, grace_seconds=20, run_seconds=0.5)

    assert [(one.case.trouble, one.wrong, one.words) for one in outcomes if one.wrong] == []
