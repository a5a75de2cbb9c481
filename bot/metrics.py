"""What the process counts and measures, in Prometheus' terms.

Labels are states, models, routes and outcomes: never a server or a member, whose number has no
bound and whose doings are nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.domain.job import Job, State
from bot.domain.money import ZERO

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REGISTRY = CollectorRegistry()

_WAITS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
_MOMENTS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5)

_finished = Counter(
    "minstrel_jobs_finished", "Jobs that are over.", ["state", "model"], registry=REGISTRY
)
_in_state = Histogram(
    "minstrel_job_state_seconds",
    "Time that jobs spent in a state before they left it.",
    ["state"],
    buckets=_WAITS,
    registry=REGISTRY,
)
_delivery = Histogram(
    "minstrel_delivery_seconds",
    "Time from a noticed result to the audio on the card.",
    buckets=_WAITS,
    registry=REGISTRY,
)
_charged = Counter(
    "minstrel_charged_dollars", "Money that finished jobs cost.", ["model"], registry=REGISTRY
)
_refunded = Counter(
    "minstrel_refunded_dollars", "Money that was given back.", ["model"], registry=REGISTRY
)
_acknowledgement = Histogram(
    "minstrel_acknowledgement_seconds",
    "Time from Discord's making of an interaction to our first answer; void after three seconds.",
    buckets=_MOMENTS,
    registry=REGISTRY,
)
_requests = Counter(
    "minstrel_discord_requests",
    "Requests to Discord's REST API, by what they are about and how they ended.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
_lag = Histogram(
    "minstrel_event_loop_lag_seconds",
    "How much later than asked for a timer rang.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
_open = Gauge("minstrel_jobs_open", "Jobs that are not over.", ["state"], registry=REGISTRY)
_oldest = Gauge(
    "minstrel_oldest_open_job_seconds", "Age of the oldest job that is not over.", registry=REGISTRY
)
_paused = Gauge(
    "minstrel_provider_paused", "Whether a provider's account takes no work.", ["provider"],
    registry=REGISTRY,
)  # fmt: skip
_reachable = Gauge(
    "minstrel_database_up", "Whether the database answered the last question.", registry=REGISTRY
)

_ENTERED: Mapping[State, Callable[[Job], datetime | None]] = {
    State.ACCEPTED: lambda job: job.created_at,
    State.DISPATCHING: lambda job: job.submit_at,
    State.UNKNOWN: lambda job: job.submit_at,
    State.SUBMITTED: lambda job: job.submit_at,
    State.RUNNING: lambda job: job.started_at,
    State.GENERATED: lambda job: job.updated_at,
}
"""When a job came into its state, as far as its row tells."""

_ID = re.compile(r"^\d{15,20}$")
_TOKEN_AFTER = frozenset({"interactions", "webhooks"})


def job_moved(before: Job | None, after: Job) -> None:
    """Count a job that went from one state to another."""
    if before is not None and before.state is after.state:
        return
    left = State.ACCEPTED if before is None else before.state
    entered = _ENTERED.get(left)
    since = entered(before or after) if entered else None
    if since is not None:
        spent = max((after.updated_at - since).total_seconds(), 0)
        _in_state.labels(left.value).observe(spent)
        if left is State.GENERATED and after.state is State.DELIVERED:
            _delivery.observe(spent)
    if after.state.is_final:
        _finished.labels(after.state.value, after.model).inc()
        cost = after.cost or ZERO
        _charged.labels(after.model).inc(cost / 1_000_000)
        _refunded.labels(after.model).inc(max(after.estimate - cost, 0) / 1_000_000)


def acknowledged(seconds: float) -> None:
    """Note how old an interaction was when it was first answered."""
    _acknowledgement.observe(max(seconds, 0))


def discord_answered(method: str, path: str, status: int) -> None:
    """Count a request to Discord."""
    _requests.labels(method, route(path), str(status)).inc()


def loop_lagged(seconds: float) -> None:
    """Note how late a timer rang."""
    _lag.observe(max(seconds, 0))


def jobs_open(by_state: Mapping[State, int], *, oldest_seconds: float) -> None:
    """Show how many jobs are not over."""
    for state in State:
        if not state.is_final:
            _open.labels(state.value).set(by_state.get(state, 0))
    _oldest.set(max(oldest_seconds, 0))
    _reachable.set(1)


def database_is_down() -> None:
    """Show that the database did not answer; what was read before it stays."""
    _reachable.set(0)


def provider_paused(provider: str, *, is_paused: bool) -> None:
    """Show whether a provider's account takes work."""
    _paused.labels(provider).set(is_paused)


def route(path: str) -> str:
    """Give a path of Discord's API without what names a message, a channel or a token.

    >>> route("/api/v10/channels/123456789012345678/messages/123456789012345679")
    '/channels/:id/messages/:id'
    """
    parts = path.split("/")
    if len(parts) > 2 and parts[1] == "api":
        parts = ["", *parts[3:]]
    shown = [":id" if _ID.match(part) else part for part in parts]
    if len(shown) > 3 and shown[1] in _TOKEN_AFTER:
        shown[3] = ":token"
    return "/".join(shown)


def exposition() -> bytes:
    """Write everything down for Prometheus."""
    return generate_latest(REGISTRY)
