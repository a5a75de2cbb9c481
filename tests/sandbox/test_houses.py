"""The local NovaKit and Nur: their shapes, their troubles, and sound that can be heard."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
import soundfile

from sandbox.app import Sandbox
from tests.e2e.rig import tone

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = {"novakit": "sk_any", "nur": "nur_any"}
QUICK = {"queue_seconds": 0, "run_seconds": 0.05}


@dataclass(frozen=True)
class Client:
    """Somebody with a key."""

    http: aiohttp.ClientSession
    url: str

    async def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = ""
    ) -> tuple[int, Any]:
        """Call a house, or its control."""
        house = path.strip("/").partition("/")[0]
        key = KEYS.get(house) if key == "" else key
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with self.http.request(
            method, self.url + path, json=body, headers=headers
        ) as response:
            return response.status, await response.json()

    async def sound(self, url: str) -> np.ndarray[Any, Any]:
        """Fetch a file, and decode it."""
        async with self.http.get(url) as response:
            assert response.status == 200
            samples, _rate = soundfile.read(io.BytesIO(await response.read()))
        assert abs(samples).max() > 0.05
        return np.asarray(samples)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One for all: the tests do not mind each other's pieces."""
    async with Sandbox(port=0) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    """A client of houses that work fast and have their plans full."""
    async with aiohttp.ClientSession() as http:
        client = Client(http, sandbox.base_url)
        await client.send("POST", "/control/novakit", {**QUICK, "tracks": 80, "sync": False})
        await client.send("POST", "/control/nur", {**QUICK, "tracks": 200})
        yield client


MUSIC = {"prompt": "a waltz", "model": "fal-ai/stable-audio", "duration_seconds": 3}


async def finished(client: Client, **body: Any) -> Any:
    """Have NovaKit make something, and give the job once it is over."""
    status, job = await client.send("POST", "/novakit/music/generations?async=true", MUSIC | body)
    assert (status, job["status"]) == (202, "pending")
    status, job = await client.send("GET", f"/novakit/jobs/{job['id']}?poll=true")
    assert status == 200
    return job


async def test_a_job_ends_with_a_sound(client: Client) -> None:
    """In the shape of the docs: camel case, a percentage, and the file under outputData."""
    job = await finished(client)

    assert (job["status"], job["progress"], job["tool"]) == ("completed", 100, "music")
    assert job["inputParams"] == {"prompt": "a waltz", "duration_seconds": 3}
    assert job["model"] == "fal-ai/stable-audio"
    await client.sound(job["outputData"]["audio"]["url"])


async def test_without_a_job_the_answer_is_the_sound(client: Client) -> None:
    """With what is left of the plan."""
    status, made = await client.send("POST", "/novakit/music/generations", MUSIC)

    assert status == 200
    assert made["usage"] == {"tracks_used": 1, "quota_multiplier": 1.0, "tracks_remaining": 79}
    await client.sound(made["data"]["audio_url"])


@pytest.mark.parametrize("by_address", [True, False])
async def test_a_source_is_taken_by_address_and_written_out(
    client: Client, sandbox: Sandbox, by_address: bool
) -> None:
    """The docs say address; whoever sends the sound itself is understood, too."""
    source = tone(4)
    kept = sandbox.fal.shelf.put(source, name="a.mp3", content_type="audio/mpeg")
    address = sandbox.fal.shelf.address(kept.token, "a.mp3")
    given = address if by_address else base64.b64encode(source).decode()

    job = await finished(client, mode="audio_to_audio", source_audio=given, duration_seconds=4)

    assert job["status"] == "completed"
    await client.sound(job["outputData"]["audio"]["url"])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"prompt": ""}, 400, "prompt is required"),
        ({"duration_seconds": 48}, 400, "duration_seconds"),
        ({"model": "fal-ai/unheard-of"}, 400, "Unknown model"),
        ({"mode": "dream"}, 400, "mode"),
    ],
)
async def test_novakit_refuses_in_its_own_words(
    client: Client, body: dict[str, Any], status: int, words: str
) -> None:
    """One sentence under `error`; nothing is taken."""
    _, before = await client.send("GET", "/control/novakit")

    answered, said = await client.send(
        "POST", "/novakit/music/generations?async=true", MUSIC | body
    )

    assert answered == status
    assert words in said["error"]
    _, after = await client.send("GET", "/control/novakit")
    assert after["counts"]["accepted"] == before["counts"]["accepted"]
    assert after["settings"]["tracks"] == 80


async def test_a_spent_plan_tells_what_remains(client: Client) -> None:
    """As 402."""
    await client.send("POST", "/control/novakit", {"tracks": 0.5})

    status, said = await client.send("POST", "/novakit/music/generations?async=true", MUSIC)

    assert status == 402
    assert said == {
        "error": "Music track limit exceeded",
        "tracks_remaining": 0,
        "tracks_needed": 1,
        "quota_multiplier": 1.0,
    }


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/novakit/jobs/job_x", "error"), ("/nur/v1/music/trk_x", "error")],
)
async def test_nobody_comes_in_without_a_key(client: Client, path: str, shape: str) -> None:
    """Nor with a revoked one."""
    revoked = "sk_revoked" if "novakit" in path else "nur_revoked"

    for key in (None, revoked):
        status, said = await client.send("GET", path, key=key)
        assert status == 401
        assert shape in said
    assert (await client.send("GET", path))[0] == 404


async def test_the_list_has_the_newest_first_and_those_under_way_apart(client: Client) -> None:
    """As many as are asked for."""
    first, second = await finished(client, prompt="one"), await finished(client, prompt="two")

    _, listed = await client.send("GET", "/novakit/jobs?tool=music&limit=2")
    _, pending = await client.send("GET", "/novakit/jobs?tool=music&pending=true")

    assert [job["id"] for job in listed["jobs"]] == [second["id"], first["id"]]
    assert pending["jobs"] == []


@pytest.mark.parametrize(("word", "why"), [("[refuse]", "content policy"), ("[fail]", "error")])
async def test_words_in_square_brackets_steer_it(client: Client, word: str, why: str) -> None:
    """As in the local fal."""
    job = await finished(client, prompt=f"a waltz {word}")

    assert job["status"] == "failed"
    assert why in job["errorMessage"]


async def test_a_track_of_nurs_ends_with_sound_waveform_and_stems(client: Client) -> None:
    """Stems add up from real sound, and are made when somebody asks for them."""
    body = {"prompt": "a waltz with drums and bass", "duration": 5, "tempo": 120}
    status, track = await client.send("POST", "/nur/v1/music/generate", body)
    assert (status, track["status"], track["audio_url"]) == (200, "pending", None)
    assert (track["tempo"], track["prompt"]) == (120, body["prompt"])

    while track["status"] in {"pending", "processing"}:
        _, track = await client.send("GET", f"/nur/v1/music/{track['id']}")

    assert track["status"] == "completed"
    await client.sound(track["download_url"])
    assert set(track["stems"]) == {"vocals", "drums", "bass", "other"}
    await client.sound(track["stems"]["drums"])
    async with client.http.get(track["waveform_url"]) as response:
        peaks = (await response.json())["peaks"]
    assert 100 < len(peaks) < 300
    assert 0.05 < max(peaks) <= 1.01


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"prompt": "x", "tempo": 221}, 422, "invalid_parameter"),
        ({"duration": 30}, 422, "invalid_parameter"),
        ([], 400, "invalid_request"),
    ],
)
async def test_nur_refuses_in_its_own_words(
    client: Client, body: Any, status: int, code: str
) -> None:
    """A code and a message under `error`."""
    answered, said = await client.send("POST", "/nur/v1/music/generate", body)

    assert (answered, said["error"]["code"]) == (status, code)


async def test_nurs_spent_month_is_told_apart_from_haste(client: Client) -> None:
    """Both are 429; the code says which."""
    await client.send("POST", "/control/nur", {"tracks": 0})
    status, spent = await client.send("POST", "/nur/v1/music/generate", {"prompt": "x"})
    await client.send(
        "POST", "/control/faults", {"where": "nur.submit", "what": "status", "status": 429}
    )
    haste = await client.send("POST", "/nur/v1/music/generate", {"prompt": "x"})

    assert (status, spent["error"]["code"]) == (429, "quota_exceeded")
    assert (haste[0], haste[1]["error"]["code"]) == (429, "rate_limited")


async def test_control_counts_and_shows_no_key(client: Client) -> None:
    """And refuses settings that there are none of."""
    await finished(client, prompt="counted")

    _, shown = await client.send("GET", "/control/novakit")
    status, said = await client.send("POST", "/control/novakit", {"trcks": 1})

    last = shown["submits"][-1]
    assert last["endpoint"] == "fal-ai/stable-audio"
    assert last["arguments"]["prompt"] == "counted"
    assert last["headers"]["authorization"] == "Bearer ***"
    assert status == 400
    assert "trcks" in said["error"]
