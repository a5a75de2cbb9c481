"""For measuring: a given file instead of a made one, a given speed, and what is asked how often."""

from __future__ import annotations

import asyncio
import io
import wave

import pytest

from tests.sandbox.fal.conftest import SOUND, Rig


def _song(seconds: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(b"\1\2" * 8_000 * seconds)
    return out.getvalue()


async def test_every_request_gives_the_recording_until_it_ends(rig: Rig) -> None:
    """The file comes as it was handed in, byte for byte, however often it is asked for."""
    await rig.call("PUT", "/control/fal/recording", data=_song(), headers={})

    _, _, first = await rig.result()
    _, _, second = await rig.result()
    await rig.call("DELETE", "/control/fal/recording", headers={})
    _, _, third = await rig.result()

    async with rig.http.get(first["audio_file"]["url"]) as answer:
        assert await answer.read() == _song()
    assert second["audio_file"]["url"] == first["audio_file"]["url"]
    assert third["audio_file"]["url"] != first["audio_file"]["url"]


async def test_what_is_no_recording_is_refused(rig: Rig) -> None:
    """A file that is none is told of at once, and changes nothing."""
    status, _, answer = await rig.call("PUT", "/control/fal/recording", data=b"no", headers={})

    assert status == 400
    assert answer == {"error": "The recording must be a WAV file."}


async def test_a_download_is_as_fast_as_it_is_told_to_be(rig: Rig) -> None:
    """At a tenth of its size per second, a file takes ten seconds."""
    song = _song(seconds=60)
    await rig.call("PUT", "/control/fal/recording", data=song, headers={})
    _, _, made = await rig.result()
    await rig.control(file_bytes_per_second=len(song) / 10)
    began = rig.clock.monotonic()

    async with rig.http.get(made["audio_file"]["url"]) as answer:
        reading = asyncio.create_task(answer.read())
        while not reading.done():
            await rig.clock.advance(0.1)
            await asyncio.sleep(0.001)

    assert await reading == song
    assert rig.clock.monotonic() - began == pytest.approx(10, abs=2)


async def test_every_question_about_a_request_is_counted(rig: Rig) -> None:
    """Whoever asks too often can be seen to."""
    submitted = await rig.submit(SOUND, prompt="x", duration=1)
    await rig.status(submitted)
    await rig.status(submitted)
    await rig.finish(submitted)
    await rig.call("GET", submitted["response_url"])
    await rig.call("PUT", submitted["cancel_url"])

    assert (await rig.control())["requests"] == {
        "submit": 1, "status": 2, "stream": 1, "result": 1, "cancel": 1,
    }  # fmt: skip
