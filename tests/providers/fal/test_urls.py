"""Where requests live, and where the key may go."""

from __future__ import annotations

import httpx
import pytest

from bot.domain.job import Handle
from bot.providers.fal._urls import QueueUrls, app_path, is_fal_host, poll_url, stream_url


@pytest.mark.parametrize(
    ("endpoint", "app"),
    [
        ("fal-ai/ace-step/prompt-to-audio", "fal-ai/ace-step"),
        ("fal-ai/elevenlabs/sound-effects/v2", "fal-ai/elevenlabs"),
        ("sonauto/v2/text-to-music", "sonauto/v2"),
        ("beatoven/music-generation", "beatoven/music-generation"),
        ("workflows/me/flow/extra", "workflows/me/flow"),
        ("comfy/me/flow", "comfy/me/flow"),
    ],
)
def test_after_the_submit_only_owner_and_app_count(endpoint: str, app: str) -> None:
    """The rest of the endpoint id is dropped, one segment later in the two namespaces."""
    assert app_path(endpoint) == app


def test_a_handle_is_built_from_an_id_alone() -> None:
    """A request found in the history can be followed, fetched and cancelled."""
    handle = QueueUrls("http://127.0.0.1:8420/fal/queue").handle_for("a/b/c", "id-1")

    assert handle == Handle(
        request_id="id-1",
        status_url="http://127.0.0.1:8420/fal/queue/a/b/requests/id-1/status",
        response_url="http://127.0.0.1:8420/fal/queue/a/b/requests/id-1",
        cancel_url="http://127.0.0.1:8420/fal/queue/a/b/requests/id-1/cancel",
    )


@pytest.mark.parametrize(
    ("base", "url", "trusted"),
    [
        ("https://queue.fal.run", "https://queue.fal.run/x", True),
        ("https://queue.fal.run", "https://queue.falrun.com/x", True),
        ("https://queue.fal.run", "https://rest.fal.ai/x", True),
        ("https://queue.fal.run", "http://queue.fal.run/x", False),
        ("https://queue.fal.run", "https://queue.fal.run:8443/x", False),
        ("https://queue.fal.run", "https://queue.fal.run.evil.example/x", False),
        ("https://queue.fal.run", "https://evilfal.run/x", False),
        ("https://queue.fal.run", "https://queue.fal.run@evil.example/x", False),
        ("https://queue.fal.run", "https://me:pw@queue.fal.run/x", False),
        ("http://127.0.0.1:8420/fal/queue", "http://127.0.0.1:8420/other", True),
        ("http://127.0.0.1:8420", "http://127.0.0.1:9999/x", False),
        ("http://127.0.0.1:8420", "https://queue.fal.run/x", False),
    ],
)
def test_the_key_goes_to_the_configured_queue_only(base: str, url: str, trusted: bool) -> None:
    """All of fal is one as long as fal is configured; a base of one's own stands alone."""
    assert QueueUrls(base).is_trusted(httpx.URL(url)) is trusted


def test_given_urls_are_kept_and_foreign_ones_replaced() -> None:
    """What the answer gave wins, unless following it would give the key away."""
    urls = QueueUrls("https://queue.fal.run")

    handle = urls.handle_from(
        "a/b/c",
        "id-1",
        {
            "status_url": "https://queue.fal.run/a/b/c/requests/id-1/status",
            "response_url": "https://evil.example/a/b/requests/id-1",
            "cancel_url": 7,
        },
    )

    assert handle == Handle(
        request_id="id-1",
        status_url="https://queue.fal.run/a/b/c/requests/id-1/status",
        response_url="https://queue.fal.run/a/b/requests/id-1",
        cancel_url="https://queue.fal.run/a/b/requests/id-1/cancel",
    )


@pytest.mark.parametrize(
    ("stored", "app"),
    [
        ("https://old.example/prefix/a/b/requests/id-1", "a/b"),
        ("https://old.example/workflows/a/b/requests/id-1", "workflows/a/b"),
    ],
)
def test_a_handle_of_another_base_is_rebuilt_under_this_one(stored: str, app: str) -> None:
    """An operator who moves to a proxy keeps the jobs that are on their way."""
    old = Handle(
        request_id="id-1",
        status_url=f"{stored}/status",
        response_url=stored,
        cancel_url=f"{stored}/cancel",
    )

    new = QueueUrls("http://127.0.0.1:1/q").at_home(old)

    assert new.response_url == f"http://127.0.0.1:1/q/{app}/requests/id-1"


def test_a_status_url_may_carry_parameters_of_its_own() -> None:
    """Stream and poll keep them."""
    url = "https://queue.fal.run/a/b/requests/i/status?x=1"

    assert str(stream_url(url)) == "https://queue.fal.run/a/b/requests/i/status/stream?x=1&logs=1"
    assert str(poll_url(url)) == "https://queue.fal.run/a/b/requests/i/status?x=1&logs=1"


def test_lookalike_hosts_are_not_fals() -> None:
    """Only whole domain labels count."""
    assert is_fal_host(httpx.URL("https://v3.fal.media/f"))
    assert not is_fal_host(httpx.URL("https://notfal.media/f"))
