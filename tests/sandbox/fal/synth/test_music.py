"""What comes out is music, and it is the music that was asked for. Measured, not looked up."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyebur128
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.fal import synth
from sandbox.fal.synth import ear, vocabulary, words

RATE = synth.RATE
Wave = npt.NDArray[np.float32]
PROMPTS = [
    "lo-fi beat, warm piano", "dark techno", "ambient pads, no drums", "epic orchestral trailer",
    "chiptune adventure", "jazz trio", "slow waltz", "hard rock", "happy folk guitar", "trap",
    "reggae", "funk", "drum and bass", "synthwave", "music box lullaby", "\N{SPARKLES}", "",
]  # fmt: skip


def make(prompt: str, seconds: float = 12, **more: Any) -> Wave:
    """Make a piece, with a seed of its own unless one is given."""
    return synth.compose(prompt, seconds=seconds, **({"seed": 1} | more))


def centroid(wave: Wave) -> float:
    """Give the middle of the spectrum in hertz: how bright it is."""
    power = np.abs(np.fft.rfft(wave.mean(axis=1))) ** 2
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)
    return float((power * hz).sum() / power.sum())


def share_above(wave: Wave, edge: float) -> float:
    """Give the share of power above a frequency."""
    power = np.abs(np.fft.rfft(wave.mean(axis=1))) ** 2
    return float(power[int(edge * len(wave) / RATE) :].sum() / power.sum())


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_piece_is_clean_and_loud_enough(prompt: str) -> None:
    """-14 LUFS within one, no true peak over -1 dB, no offset, no broken samples, no clicks."""
    wave = make(prompt)

    meter = pyebur128.R128State(
        2, RATE, pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK
    )
    meter.add_frames(np.ascontiguousarray(wave, dtype=np.float64).ravel(), len(wave))
    assert pyebur128.get_loudness_global(meter) == pytest.approx(-14, abs=1)
    peak = max(pyebur128.get_true_peak(meter, channel) for channel in (0, 1))
    assert 20 * np.log10(peak) <= -1
    assert np.isfinite(wave).all()
    assert np.abs(wave.mean(axis=0)).max() < 0.002
    assert np.abs(wave[[0, -1]]).max() < 0.003


@pytest.mark.parametrize("seconds", [0.5, 3, 10, 30.5, 75])
def test_the_length_is_exact(seconds: float) -> None:
    """To the sample, and there is sound to the end of what is short."""
    wave = make("pop", seconds)

    assert wave.shape == (round(seconds * RATE), 2)
    assert np.abs(wave[len(wave) // 2 :]).max() > 0.05


def test_words_and_seed_decide_everything() -> None:
    """The same give identical samples; another seed or another word does not."""
    first = make("calm piano", 5)

    assert np.array_equal(first, make("calm piano", 5))
    assert not np.array_equal(first, make("calm piano", 5, seed=2))
    assert not np.array_equal(first, make("calm  piano", 5))


@pytest.mark.parametrize("genre", ["", "rock", "lo-fi", "pop", "jazz", "piano"])
@pytest.mark.parametrize("bpm", [70, 100, 140])
def test_the_tempo_can_be_measured(genre: str, bpm: int) -> None:
    """The onsets repeat at the tempo that was asked for, or at half or double of it."""
    measured = ear.tempo(make(f"{genre} {bpm} bpm", 25).mean(axis=1))

    ratio = measured / bpm
    assert min(abs(ratio - likely) for likely in (0.5, 2 / 3, 1, 2)) < 0.02


@pytest.mark.parametrize("genre", ["", "rock", "lo-fi", "piano no drums, guitar", "funk"])
def test_slow_and_fast_differ(genre: str) -> None:
    """70 is heard as slower than 140, by far."""
    slow, fast = (
        ear.tempo(make(f"{genre} {bpm} bpm", 25, seed=3).mean(axis=1)) for bpm in (70, 140)
    )

    assert fast / slow > 1.3


@pytest.mark.parametrize(
    ("prompt", "tempo"),
    [
        ("84 bpm lo-fi", 84), ("tempo: bpm 120", 120), ("99BPM", 99), ("174-bpm jungle", 174),
        ("500 bpm", 240),
    ],
)  # fmt: skip
def test_a_tempo_is_read_from_the_prompt(prompt: str, tempo: float) -> None:
    """However it is written; nonsense is brought into reach."""
    assert words.read(prompt).tempo == tempo


def test_words_for_speed_are_understood() -> None:
    """Slow is slower than nothing said, fast is faster."""
    slow, plain, fast = (words.read(f"{word} techno").tempo for word in ("slow", "", "fast"))

    assert slow < plain < fast


@pytest.mark.parametrize(
    ("prompt", "root", "mode"),
    [("piano in C minor", 0, "minor"), ("guitar, G major, happy", 7, "major"),
     ("strings in f# minor", 6, "minor")],
)  # fmt: skip
def test_the_key_can_be_heard(prompt: str, root: int, mode: str) -> None:
    """Major and minor are heard where they were asked for."""
    wave = make(prompt + " no drums", 20)

    assert ear.key(wave.mean(axis=1)) == (root, mode)


@pytest.mark.parametrize(
    ("prompt", "mode"), [("sad song", "minor"), ("dark pop", "minor"), ("happy techno", "major")]
)
def test_moods_choose_the_mode(prompt: str, mode: str) -> None:
    """Sad words turn it to minor, glad ones to major."""
    assert words.read(prompt).mode == mode


def test_without_drums_nothing_hisses() -> None:
    """Cymbals live where little else does, so their absence shows."""
    plain = share_above(make("pop"), 8000)

    assert share_above(make("pop, no drums"), 8000) < plain / 3
    assert share_above(make("pop", negative="drums"), 8000) < plain / 3


def test_instruments_differ_in_brightness() -> None:
    """Alone, each has its own spectrum."""
    bright = {
        name: centroid(make(f"solo {name}, C major, 90 bpm"))
        for name in ("synth pad", "flute", "piano", "distorted guitar")
    }

    assert len({round(value, -1) for value in bright.values()}) == 4
    assert bright["distorted guitar"] > bright["piano"] > bright["synth pad"]


def test_strings_swell_and_pianos_strike() -> None:
    """A bow takes its time; a hammer does not."""

    def first_tenth(tone: str) -> float:
        wave = synth.compose(f"solo {tone} 60 bpm", seconds=4, seed=1)
        head = wave[int(0.005 * RATE) : int(0.05 * RATE)]
        return float(np.abs(head).mean() / np.abs(wave[: 2 * RATE]).mean())

    assert first_tenth("strings") < first_tenth("piano") / 2


def test_genres_differ() -> None:
    """No two pieces have the same share of lows, mids and highs."""
    prints = {
        genre: (round(share_above(wave, 300), 2), round(share_above(wave, 3000), 3))
        for genre in ("lo-fi", "techno", "ambient", "jazz", "rock", "orchestral", "chiptune")
        for wave in [make(genre)]
    }

    assert len(set(prints.values())) == 7


def test_a_bpm_field_wins_over_the_prompt() -> None:
    """Models that have one obey it."""
    assert words.read("rock 90 bpm", bpm=150).tempo == 150


def test_a_piece_goes_with_what_was_heard() -> None:
    """Tempo and key of a recording are taken over."""
    source = make("rock 128 bpm in A minor", 20)
    heard = synth.listen(source)

    answer = synth.listen(make("techno", 20, like=heard))

    assert heard.tempo == pytest.approx(128, rel=0.02)
    assert answer.tempo == pytest.approx(128, rel=0.02)


@settings(max_examples=60, deadline=None)
@given(prompt=st.text(max_size=200), negative=st.text(max_size=50))
def test_no_prompt_is_too_odd(prompt: str, negative: str) -> None:
    """Everything somebody may type leads to a style that can be played."""
    style = words.read(prompt, negative=negative)

    assert 30 <= style.tempo <= 240
    assert 2 <= style.beats <= 7


@settings(max_examples=8, deadline=None)
@example(genre="metal", meter="2/4", seed=0)
@given(
    genre=st.sampled_from([row[0][0] for row in vocabulary.GENRES]),
    meter=st.sampled_from(["", "3/4", "5/4", "7/8", "2/4"]),
    seed=st.integers(0, 2**31),
)
def test_every_genre_plays_in_every_meter(genre: str, meter: str, seed: int) -> None:
    """Odd bars are no reason to fall silent."""
    wave = synth.compose(f"{genre} {meter}", seconds=4, seed=seed)

    assert np.isfinite(wave).all()
    assert np.abs(wave).max() > 0.1
