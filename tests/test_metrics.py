"""What is counted, and what must never be a label."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import metrics
from bot.domain.job import Job, State
from bot.domain.money import Micros
from tests.store.builders import NOW, new_job

ROOT = Path(__file__).parent.parent
MODEL = "fal-ai/stable-audio"


def _job(state: State, **changes: Any) -> Job:
    base = new_job(1, model=MODEL)
    fields = {name: getattr(base, name) for name in base.__dataclass_fields__}
    job = Job(**fields, state=state, version=1, created_at=NOW, updated_at=NOW, next_run_at=NOW)
    return replace(job, **changes)


def _value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def test_an_end_counts_its_outcome_and_its_money() -> None:
    """What it cost, and what was given back of the reservation."""
    before = _job(State.RUNNING, started_at=NOW)
    after = _job(State.DELIVERED, cost=Micros(30_000), updated_at=NOW + timedelta(seconds=9))
    counts: dict[str, Callable[[], float]] = {
        "finished": lambda: _value("minstrel_jobs_finished_total", state="delivered", model=MODEL),
        "charged": lambda: _value("minstrel_charged_dollars_total", model=MODEL),
        "refunded": lambda: _value("minstrel_refunded_dollars_total", model=MODEL),
        "running": lambda: _value("minstrel_job_state_seconds_sum", state="running"),
    }
    was = {name: count() for name, count in counts.items()}

    metrics.job_moved(before, after)

    assert {name: round(count() - was[name], 6) for name, count in counts.items()} == {
        "finished": 1,
        "charged": 0.03,
        "refunded": 0.02,
        "running": 9,
    }


def test_staying_in_a_state_counts_nothing() -> None:
    """A queue position that changed is no move."""
    was = metrics.exposition()

    metrics.job_moved(_job(State.SUBMITTED), _job(State.SUBMITTED, queue_position=3))

    assert metrics.exposition() == was


def test_a_turn_ends_the_time_of_waiting() -> None:
    """From acceptance to the intent."""
    was = _value("minstrel_job_state_seconds_sum", state="accepted")

    metrics.job_moved(None, _job(State.DISPATCHING, updated_at=NOW + timedelta(seconds=4)))

    assert _value("minstrel_job_state_seconds_sum", state="accepted") - was == 4


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/v10/channels/123456789012345678/messages", "/channels/:id/messages"),
        (
            "/api/v10/interactions/123456789012345678/aSecretToken/callback",
            "/interactions/:id/:token/callback",
        ),
        (
            "/api/v10/webhooks/123456789012345678/aSecretToken/messages/@original",
            "/webhooks/:id/:token/messages/@original",
        ),
        ("/api/v10/users/@me", "/users/@me"),
    ],
)
def test_a_route_names_nobody_and_holds_no_token(path: str, shown: str) -> None:
    """Labels are few, and safe to publish."""
    assert metrics.route(path) == shown


def test_nobody_is_a_label() -> None:
    """Neither servers nor members nor channels nor jobs."""
    metrics.discord_answered("GET", "/api/v10/guilds/123456789012345678", 200)
    labels = {
        name
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        for name in sample.labels
    }

    assert labels <= {"state", "model", "method", "route", "status", "le", "provider"}
    assert b"123456789012345678" not in metrics.exposition()


def test_the_dashboard_asks_only_for_what_is_measured() -> None:
    """A renamed metric would leave a panel empty, and nobody would see why."""
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
    text = " ".join(
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"]
    ) + (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    known = {family.name for family in metrics.REGISTRY.collect()}

    asked = {
        re.sub(r"_(total|bucket|sum|count)$", "", name)
        for name in re.findall(r"\bminstrel_[a-z_]+", text)
    }

    assert asked - known == set()
    assert len(asked) > 5
