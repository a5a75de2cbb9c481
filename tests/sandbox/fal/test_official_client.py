"""The official Python client, unchanged, against the local fal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import fal_client
import fal_client.client
import pytest

from tests.sandbox.fal.conftest import MUSIC, Rig


@pytest.fixture
async def client(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[fal_client.AsyncClient]:
    """Point the client at the local fal."""
    monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{rig.base}/fal/queue/")
    monkeypatch.setattr(fal_client.client, "REST_URL", f"{rig.base}/fal/rest")
    monkeypatch.setattr(fal_client.client, "CDN_URL", f"{rig.base}/fal/rest")
    made = fal_client.AsyncClient(key="someone:secret")
    yield made
    await (await made._client).aclose()


async def test_submits_follows_and_fetches_what_can_be_heard(
    rig: Rig, client: fal_client.AsyncClient
) -> None:
    """The client sees the request through, and the file is audio of the length asked for."""
    handle = await client.submit(MUSIC, {"prompt": "calm piano", "duration": 10})
    events = [event async for event in handle.iter_events(with_logs=True, interval=0.02)]
    result = await handle.get()

    samples, rate = await rig.download(result["audio_file"]["url"])
    assert isinstance(events[-1], fal_client.Completed)
    assert (rate, samples.shape) == (44_100, (441_000, 2))


async def test_subscribe_tells_the_position_and_the_log(
    rig: Rig, client: fal_client.AsyncClient
) -> None:
    """Whoever subscribes sees the position, the running, and the end."""
    await rig.control(concurrency=1, run_seconds=5)
    first = await rig.submit()
    seen: list[Any] = []

    waiting = asyncio.create_task(
        client.subscribe(
            "fal-ai/ace-step/prompt-to-audio",
            {"prompt": "techno", "duration": 5},
            with_logs=True,
            on_queue_update=seen.append,
        )
    )
    await _eventually(seen)
    position = seen[0]
    while not waiting.done():
        await rig.clock.advance(1)
        await asyncio.sleep(0.01)

    assert isinstance(position, fal_client.Queued)
    assert position.position == 0
    assert (await rig.status(first))["status"] == "COMPLETED"
    assert "seed" in await waiting


async def test_cancels(rig: Rig, client: fal_client.AsyncClient) -> None:
    """A cancelled request fails with fal's own word for it."""
    await rig.control(queue_seconds=60)
    handle = await client.submit(MUSIC, {"prompt": "x", "duration": 10})

    await handle.cancel()

    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        await handle.get()
    assert caught.value.error_type == "client_cancelled"


async def test_uploads_to_the_cdn(rig: Rig, client: fal_client.AsyncClient) -> None:
    """An upload lands at an address that gives the same bytes back."""
    url = await client.upload(b"RIFF....", "audio/wav", "mine.wav")

    async with rig.http.get(url) as answer:
        assert await answer.read() == b"RIFF...."
    assert (await rig.control())["uploads"][0]["file_name"] == "mine.wav"


async def test_uploads_in_parts(
    rig: Rig, client: fal_client.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in parts is put together in order."""
    monkeypatch.setattr(fal_client.client, "MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr(fal_client.client, "MULTIPART_CHUNK_SIZE", 7000)
    data = bytes(range(256)) * 100

    url = await client.upload(data, "audio/wav", "long.wav")

    async with rig.http.get(url) as answer:
        assert await answer.read() == data


async def test_refused_input_comes_as_the_clients_own_error(
    rig: Rig, client: fal_client.AsyncClient
) -> None:
    """A model's 422 appears when the result is fetched, with the finding in its detail."""
    handle = await client.submit(MUSIC, {"prompt": "x", "duration": 5})

    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        await handle.get()

    assert caught.value.status_code == 422
    assert rig.faults.struck == []


async def _eventually(seen: list[Any]) -> None:
    async with asyncio.timeout(10):
        while not seen:  # noqa: ASYNC110 - the client calls back, it sets no event
            await asyncio.sleep(0.01)
