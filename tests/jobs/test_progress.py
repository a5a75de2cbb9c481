"""How far a model is, when that is worth an edit, and when it should be done."""

from __future__ import annotations

import pytest

from bot.jobs.progress import Heartbeat, fraction_of
from bot.jobs.runtimes import NEEDED, REMEMBERED, RunTimes


@pytest.mark.parametrize(
    ("line", "fraction"),
    [
        ("Generating 40%", 0.4),
        ("99.5 % done", 0.99),
        ("step 12/30", 0.4),
        ("250%", 1.0),
        ("loading weights", None),
        ("2026/11/21 starting", None),
        ("30/12", None),
        ("0/0", None),
    ],
)
def test_progress_is_read_where_a_line_tells_it(line: str, fraction: float | None) -> None:
    """Percentages and counts are understood; dates and nonsense are not."""
    assert fraction == fraction_of(line)


def test_lines_that_come_fast_cost_few_edits() -> None:
    """Steps of a fifth are shown at once, everything else waits for the heartbeat."""
    heartbeat = Heartbeat(started=0)

    shown = [
        percent
        for percent in range(0, 101, 2)
        if heartbeat.beats(f"Generating {percent}%", percent / 20)
    ]

    assert shown == [0, 20, 40, 60, 80, 100]


def test_the_heartbeat_slows_down_as_a_run_gets_long() -> None:
    """Every ten seconds in the first minute, then every twenty, then every thirty."""
    heartbeat = Heartbeat(started=0)

    beats = [second for second in range(900) if heartbeat.beats("working", second)]

    assert beats[:3] == [0, 10, 20]
    assert beats[10] - beats[9] == 20
    assert beats[-1] - beats[-2] == 30


def test_a_models_usual_time_is_the_middle_of_its_latest_runs() -> None:
    """One freak does not count, too few runs tell nothing, and old ones are forgotten."""
    times = RunTimes()
    times.replay(("slow", 900.0) for _ in range(NEEDED - 1))
    assert times.usual("slow") is None

    times.replay([("fast", 900.0), *(("fast", float(n)) for n in range(REMEMBERED))])

    assert times.usual("fast") == 9.5
    assert times.usual("unheard of") is None
