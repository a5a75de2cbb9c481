"""The official Python client, unchanged, against the local fal."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import fal_client
import fal_client.client
import pytest
import soundfile

from tests.sandbox.fal.conftest import MUSIC, Rig


@pytest.fixture
async def client(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[fal_client.AsyncClient]:
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

    assert isinstance(events[-1], fal_client.Completed)
    _, _, data = 0, 0, await (await rig.http.get(result["audio_file"]["url"])).read()
    samples, rate = soundfile.read(io.BytesIO(data))
    assert (rate, samples.shape) == (44_100, (441_000, 2))
