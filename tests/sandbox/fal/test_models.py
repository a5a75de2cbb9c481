"""What models answer: outputs in many shapes, and errors in fal's words."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile

from bot import catalogue
from sandbox.fal import synth
from sandbox.fal.roster import ENGINES
from tests.sandbox.fal.conftest import MUSIC, Rig

LYRICS = "[verse]\nCity lights are calling\n[chorus]\nRun with me tonight"


async def test_bad_input_shows_only_in_the_result(rig: Rig) -> None:
    """It is accepted, runs, completes without an error, and the result is a 422."""
    submitted = await rig.submit(MUSIC, prompt="x", duration=5)
    last = await rig.finish(submitted)
    status, _, body = await rig.call("GET", submitted["response_url"])

    assert (last["status"], "error" in last) == ("COMPLETED", False)
    assert status == 422
    [item] = body["detail"]
    assert item["loc"] == ["body", "duration"]
    assert (item["type"], item["ctx"], item["input"]) == ("greater_than_equal", {"ge": 10}, 5)
    assert item["url"].startswith("https://docs.fal.ai/errors/#")
    assert (await rig.control())["counts"]["charged_usd"] == 0


@pytest.mark.parametrize(
    ("endpoint", "body", "kind"),
    [
        (MUSIC, {"prompt": "x"}, "missing"),
        (MUSIC, {"prompt": "x", "duration": 500}, "less_than_equal"),
        ("fal-ai/demucs", {"audio_url": "http://x/y", "model": "best"}, "one_of"),
    ],
)
async def test_findings_use_fals_words(
    rig: Rig, endpoint: str, body: dict[str, Any], kind: str
) -> None:
    """Where fal has a word of its own for a finding, it is used."""
    status, _, answer = await rig.result(endpoint, **body)

    assert status == 422
    assert answer["detail"][0]["type"] == kind


async def test_a_body_that_is_not_json_fails_in_the_model(rig: Rig) -> None:
    """The queue takes everything; the model does not."""
    _, _, submitted = await rig.call("POST", f"/fal/queue/{MUSIC}", data=b"not json")
    await rig.finish(submitted)

    status, _, _ = await rig.call("GET", submitted["response_url"])

    assert status == 422


@pytest.mark.parametrize(
    ("word", "status", "kind"),
    [
        ("[refuse]", 422, "content_policy_violation"),
        ("[fail]", 500, "internal_server_error"),
        ("[timeout]", 504, "generation_timeout"),
    ],
)
async def test_words_in_brackets_make_things_go_wrong(
    rig: Rig, word: str, status: int, kind: str
) -> None:
    """A newcomer can see every kind of failure."""
    answered, _, body = await rig.result(MUSIC, prompt=f"a song {word}", duration=10)

    assert (answered, body["detail"][0]["type"]) == (status, kind)
    assert (await rig.control())["counts"]["charged_usd"] == 0


async def test_a_slow_request_takes_its_time(rig: Rig) -> None:
    """45 seconds pass before it is done."""
    submitted = await rig.submit(MUSIC, prompt="[slow] tune", duration=10)

    await rig.clock.advance(44)

    assert (await rig.status(submitted))["status"] == "IN_PROGRESS"


SHORT: dict[str, dict[str, Any]] = {
    "fal-ai/ace-step": {"tags": "lo-fi, piano", "duration": 5, "lyrics": LYRICS, "seed": 7},
    "fal-ai/stable-audio": {"prompt": "rain", "seconds_total": 3},
    "sonauto/v2/text-to-music": {"prompt": "chiptune no bass", "num_songs": 2},
    "fal-ai/mmaudio-v2/text-to-audio": {"prompt": "door creak", "duration": 2},
    "fal-ai/elevenlabs/sound-effects/v2": {"text": "laser", "duration_seconds": 1},
    "fal-ai/elevenlabs/music": {
        "prompt": "waltz", "music_length_ms": 4000, "output_format": "pcm_22050",
    },
    "fal-ai/stable-audio-3/medium/text-to-audio": {
        "prompt": "jazz", "duration": 3, "output_format": "flac",
    },
    "fal-ai/lyria2": {"prompt": "ambient"},
}  # fmt: skip


async def _output(rig: Rig, endpoint: str) -> dict[str, Any]:
    status, _, body = await rig.result(endpoint, **SHORT[endpoint])
    assert status == 200, body
    return dict(body)


async def test_ace_step_echoes_what_it_used(rig: Rig) -> None:
    """The file is under `audio`, beside seed, tags and lyrics."""
    body = await _output(rig, "fal-ai/ace-step")

    samples, _ = await rig.download(body["audio"]["url"])
    assert (body["seed"], body["tags"], body["lyrics"]) == (7, "lo-fi, piano", LYRICS)
    assert set(body["audio"]) == {"url", "content_type", "file_name", "file_size"}
    assert len(samples) == 5 * 44_100


async def test_stable_audio_names_its_file_differently(rig: Rig) -> None:
    """It is under `audio_file`, and there is nothing else."""
    assert list(await _output(rig, "fal-ai/stable-audio")) == ["audio_file"]


async def test_sonauto_answers_a_list(rig: Rig) -> None:
    """Two songs are two different files, at one and a half times the price."""
    status, headers, body = await rig.result(
        "sonauto/v2/text-to-music", **SHORT["sonauto/v2/text-to-music"]
    )

    first, second = [await rig.download(file["url"]) for file in body["audio"]]
    assert status == 200
    assert headers["X-Fal-Billable-Units"] == "1.5"
    assert not np.array_equal(first[0], second[0])


async def test_mmaudio_hides_what_its_file_is(rig: Rig) -> None:
    """The file is FLAC, and both output and download call it a stream of bytes."""
    body = await _output(rig, "fal-ai/mmaudio-v2/text-to-audio")

    async with rig.http.get(body["audio"]["url"]) as answer:
        data = await answer.read()
        assert answer.content_type == "application/octet-stream"
    assert body["audio"]["content_type"] == "application/octet-stream"
    assert data.startswith(b"fLaC")


@pytest.mark.parametrize(
    ("endpoint", "start"),
    [
        ("fal-ai/elevenlabs/sound-effects/v2", b"\xff\xfb"),
        ("fal-ai/stable-audio-3/medium/text-to-audio", b"fLaC"),
        ("fal-ai/ace-step", b"RIFF"),
    ],
)
async def test_files_are_what_the_model_makes(rig: Rig, endpoint: str, start: bytes) -> None:
    """MP3, FLAC or WAV, as the endpoint has it or the request wanted it."""
    body = await _output(rig, endpoint)

    async with rig.http.get(body["audio"]["url"]) as answer:
        assert (await answer.read()).startswith(start)


async def test_pcm_has_the_rate_that_was_asked_for(rig: Rig) -> None:
    """Four seconds at 22 050 samples, two channels, two bytes each."""
    body = await _output(rig, "fal-ai/elevenlabs/music")

    assert body["audio"]["file_size"] == 4 * 22_050 * 2 * 2


async def test_lyria_2_is_thirty_seconds_at_48_kilohertz(rig: Rig) -> None:
    """Its length cannot be chosen."""
    body = await _output(rig, "fal-ai/lyria2")

    samples, rate = await rig.download(body["audio"]["url"])
    assert (rate, len(samples)) == (48_000, 30 * 48_000)


async def test_the_same_seed_gives_the_same_file(rig: Rig) -> None:
    """And another seed another one."""
    files = []
    for seed in (1, 1, 2):
        _, _, body = await rig.result("fal-ai/ace-step", tags="rock", duration=5, seed=seed)
        async with rig.http.get(body["audio"]["url"]) as answer:
            files.append(await answer.read())

    assert files[0] == files[1] != files[2]


def _wav(seconds: float = 6.0) -> bytes:
    return synth.encode(synth.compose("rock 120 bpm", seconds=seconds, seed=1), "wav")


async def test_a_source_is_extended(rig: Rig) -> None:
    """The old part is kept, sample for sample but for the seam, and more comes after it."""
    url = await rig.upload(_wav())
    _, _, body = await rig.result(
        "fal-ai/ace-step/audio-outpaint", audio_url=url, tags="rock", extend_after_duration=5
    )

    samples, rate = await rig.download(body["audio"]["url"])
    before, _ = soundfile.read(io.BytesIO(_wav()), dtype="float32")
    kept = 4 * rate
    assert len(samples) == 11 * rate
    assert np.abs(samples[:kept] - before[:kept]).max() < 1e-4
    assert np.abs(samples[7 * rate :]).max() > 0.05


async def test_a_passage_is_replaced(rig: Rig) -> None:
    """Outside it nothing changes, inside everything does."""
    url = await rig.upload(_wav())
    _, _, body = await rig.result(
        "fal-ai/ace-step/audio-inpaint", audio_url=url, tags="choir", start_time=2, end_time=4
    )

    samples, rate = await rig.download(body["audio"]["url"])
    before, _ = soundfile.read(io.BytesIO(_wav()), dtype="float32")
    assert np.abs(samples[: 2 * rate] - before[: 2 * rate]).max() < 1e-4
    assert np.abs(samples[4 * rate :] - before[4 * rate :]).max() < 1e-4
    assert np.abs(samples[2 * rate : 4 * rate] - before[2 * rate : 4 * rate]).max() > 0.1


async def test_a_source_is_restyled(rig: Rig) -> None:
    """The result is as long as the source, sounds different, and still contains it."""
    url = await rig.upload(_wav())
    _, _, body = await rig.result(
        "fal-ai/ace-step/audio-to-audio", audio_url=url, original_tags="rock", tags="ambient choir"
    )

    samples, _ = await rig.download(body["audio"]["url"])
    before, _ = soundfile.read(io.BytesIO(_wav()), dtype="float32")
    likeness = np.corrcoef(samples[:, 0], before[:, 0])[0, 1]
    assert len(samples) == len(before)
    assert 0.1 < likeness < 0.9


async def test_stems_add_up_to_the_source(rig: Rig) -> None:
    """Six parts come out, and together they are what went in."""
    url = await rig.upload(_wav())
    _, _, body = await rig.result("fal-ai/demucs", audio_url=url, output_format="wav")

    parts = {name: (await rig.download(file["url"]))[0] for name, file in body.items()}
    before, _ = soundfile.read(io.BytesIO(_wav()), dtype="float32")
    assert set(parts) == {"vocals", "drums", "bass", "other", "guitar", "piano"}
    assert np.abs(sum(parts.values()) - before).max() < 0.001
    low = {name: _share_below(part, 150) for name, part in parts.items()}
    assert low["bass"] == max(low.values())


def _share_below(wave: Any, hz: float) -> float:
    power = np.abs(np.fft.rfft(wave[:, 0])) ** 2
    edge = int(hz * len(wave) / 44_100)
    return float(power[:edge].sum() / power.sum())


async def test_the_four_stem_model_leaves_two_keys_empty(rig: Rig) -> None:
    """Only the six-stem model knows guitar and piano."""
    url = await rig.upload(_wav(2))
    _, _, body = await rig.result("fal-ai/demucs", audio_url=url, model="htdemucs")

    assert (body["guitar"], body["piano"]) == (None, None)
    assert body["drums"]["url"].endswith(".mp3")


@pytest.mark.parametrize(
    "url", ["https://cdn.discordapp.com/a.wav", "http://169.254.169.254/", "data:audio/wav,@@"]
)
async def test_only_our_own_files_can_be_sources(rig: Rig, url: str) -> None:
    """Other addresses fail as they do for a model that cannot reach them."""
    status, _, body = await rig.result("fal-ai/demucs", audio_url=url)

    assert (status, body["detail"][0]["type"]) == (422, "file_download_error")


async def test_a_source_must_be_audio(rig: Rig) -> None:
    """A file of words is an unsupported format."""
    url = await rig.upload(b"just some words", "words.txt")

    status, _, body = await rig.result("fal-ai/demucs", audio_url=url)

    assert (status, body["detail"][0]["type"]) == (422, "unsupported_audio_format")


def test_every_model_of_the_catalogue_has_an_engine() -> None:
    """What the bot offers can be tried in the sandbox, with its files where the bot looks."""
    offered = set(catalogue.endpoints_of(catalogue.FAL))

    assert offered - set(ENGINES) == set()
