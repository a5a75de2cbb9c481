"""Sound effects, voices, encodings, and work on recordings."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from sandbox.fal import synth
from sandbox.fal.synth import rework, sounds, voice
from tests.sandbox.fal.synth.test_music import centroid, make, share_above

RATE = synth.RATE


@pytest.mark.parametrize("word", [words[0] for words in sounds.SOUNDS] + ["purple elephants"])
def test_every_sound_is_clean_and_exact(word: str) -> None:
    """Audible, finite, without offset, as long as asked, silent at both ends."""
    wave = synth.sound(word, seconds=1.5, seed=1)

    assert wave.shape == (round(1.5 * RATE), 2)
    assert np.isfinite(wave).all()
    assert 0.05 < np.abs(wave).max() <= 0.9
    assert np.abs(wave.mean(axis=0)).max() < 0.002
    assert np.abs(wave[[0, -1]]).max() < 0.003


def test_sounds_are_as_bright_as_the_thing() -> None:
    """Thunder is lower than steps, steps are lower than rain, rain is lower than glass."""
    bright = [
        centroid(synth.sound(name, seconds=4, seed=1))
        for name in ("thunder", "footsteps", "rain", "breaking glass")
    ]

    assert bright == sorted(bright)


def test_sounds_mix() -> None:
    """Two words, two sounds."""
    both = synth.sound("rain and thunder", seconds=4, seed=1)

    assert share_above(both, 3000) > 0.02
    assert share_above(both, 200) < 0.98


def test_sounds_repeat_by_their_seed() -> None:
    """Same words and seed, same samples."""
    first = synth.sound("birds", seconds=1, seed=4)

    assert np.array_equal(first, synth.sound("birds", seconds=1, seed=4))
    assert not np.array_equal(first, synth.sound("birds", seconds=1, seed=5))


def test_a_loop_goes_round_without_a_seam() -> None:
    """The step from the last sample to the first is no bigger than steps elsewhere."""
    wave = synth.sound("ocean waves", seconds=3, seed=1, loop=True)

    seam = np.abs(wave[0] - wave[-1]).max()
    usual = np.percentile(np.abs(np.diff(wave, axis=0)), 99.9)
    assert wave.shape == (3 * RATE, 2)
    assert seam <= usual
    assert np.abs(wave[-RATE // 10 :]).mean() > 0.3 * np.abs(wave).mean()


def test_lyrics_are_sung() -> None:
    """A voice adds to the piece; marks and times are not sung."""
    lyrics = "[verse]\n[00:10.00]Shining river\n[chorus]\nFollow me"

    assert len(voice.syllables(lyrics)) == 7
    assert [syllable.vowel for syllable in voice.syllables("la le li lo lu")] == list("aeiou")
    assert not np.array_equal(make("pop", 8), make("pop", 8, lyrics=lyrics))


@pytest.mark.parametrize("lyrics", ["", "[inst]", "[instrumental]"])
def test_instrumental_pieces_have_no_voice(lyrics: str) -> None:
    """No words, no voice."""
    assert np.array_equal(make("pop", 4), make("pop", 4, lyrics=lyrics))


def test_a_voice_can_be_refused() -> None:
    """Also when there are words."""
    assert np.array_equal(
        make("pop", 4, negative="vocals"), make("pop", 4, negative="vocals", lyrics="la la la")
    )


def test_other_scripts_are_sung_too() -> None:
    """One sound to a letter."""
    assert len(voice.syllables("夜の歌")) == 3


@pytest.mark.parametrize(
    ("container", "start"),
    [("wav", b"RIFF"), ("flac", b"fLaC"), ("mp3", b"\xff\xfb"), ("ogg", b"OggS"),
     ("opus", b"OggS")],
)  # fmt: skip
def test_files_decode_to_what_was_encoded(container: str, start: bytes) -> None:
    """Every type holds the same sound."""
    wave = make("pop", 3)

    data = synth.encode(wave, container)
    back = synth.read(data)

    assert data.startswith(start)
    assert len(back) / RATE == pytest.approx(3, abs=0.1)
    assert np.sqrt((back**2).mean()) == pytest.approx(float(np.sqrt((wave**2).mean())), rel=0.1)


def test_what_cannot_be_written_becomes_mp3() -> None:
    """Under its true name."""
    assert synth.container_for("aac") == "mp3"


def test_mono_and_other_rates_are_read() -> None:
    """Everything becomes stereo at our rate."""
    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(22_050) / 10), 22_050, format="WAV")

    wave = synth.read(file.getvalue())

    assert wave.shape == (RATE, 2)


@pytest.mark.parametrize("data", [b"", b"<html>no</html>", b"RIFF" + bytes(40)])
def test_what_is_not_audio_is_refused(data: bytes) -> None:
    """Whatever it pretends to be."""
    with pytest.raises(synth.Unreadable):
        synth.read(data)


def test_too_long_a_recording_is_refused() -> None:
    """By its header, before it is read."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros(8000 * 700, dtype=np.int16), 8000, format="FLAC")

    with pytest.raises(synth.TooLong):
        synth.read(file.getvalue())


def test_drums_and_bass_are_told_apart() -> None:
    """The drum part of a piece strikes more than the bass part, which is lower."""
    parts = rework.stems(make("rock 120 bpm", 8))

    assert share_above(parts["drums"], 5000) > 10 * share_above(parts["bass"], 5000)
    assert centroid(parts["bass"]) < 200


def test_an_extension_fits_in_tempo_and_level() -> None:
    """What comes after is as loud as what was there."""
    source = make("rock 120 bpm", 8) * np.float32(0.4)

    longer = rework.extend(source, lambda seconds: make("rock", seconds), before=0, after=6)

    old, new = (float(np.sqrt((part**2).mean())) for part in (source, longer[9 * RATE :]))
    assert len(longer) == 14 * RATE
    assert 0.4 < new / old < 2
