from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audio.fit import MP3_LADDER, Fit, lossy_bytes, mp3_kbps, note, opus_kbps, wav_bytes
from bot.domain.job import AudioFormat

MIB = 1024 * 1024
TEN = 10 * MIB


@pytest.mark.parametrize(
    ("seconds", "wanted", "kbps"),
    [(30, 256, 256), (300, 256, 256), (300, 320, 256), (590, 256, 128), (900, 256, 80)],
)
def test_mp3_takes_the_highest_rung_that_fits(seconds: float, wanted: int, kbps: int) -> None:
    """Five minutes at 256 kbit/s just fit into 10 MiB; ten minutes get half of that."""
    assert mp3_kbps(TEN, seconds, wanted) == kbps


@pytest.mark.parametrize(("seconds", "kbps"), [(300, 128), (590, 128), (900, 90), (5000, None)])
def test_opus_takes_what_fits_down_to_a_floor(seconds: float, kbps: int | None) -> None:
    """Opus knows no rungs, but below its floor it is not worth hearing."""
    assert opus_kbps(TEN, seconds, 128) == kbps


@given(
    ceiling=st.integers(1, 200 * MIB),
    seconds=st.floats(0, 10_000),
    wanted=st.sampled_from(MP3_LADDER),
)
def test_chosen_bitrate_never_promises_more_than_the_limit(
    ceiling: int, seconds: float, wanted: int
) -> None:
    """Whatever the limit, the predicted size stays under it, and the wish is not exceeded."""
    for chosen in (mp3_kbps(ceiling, seconds, wanted), opus_kbps(ceiling, seconds, wanted)):
        if chosen is not None:
            assert chosen <= wanted
            assert lossy_bytes(seconds, chosen) < ceiling


@given(limit=st.integers(1, 200 * MIB), previous=st.integers(1, 200 * MIB))
def test_ceiling_after_a_refusal_is_at_most_four_fifths(limit: int, previous: int) -> None:
    """A file that was turned down is followed by one at least a fifth smaller."""
    fit = Fit(format=AudioFormat.MP3, limit_bytes=limit, previous_bytes=previous)

    assert fit.ceiling * 5 <= previous * 4
    assert fit.ceiling <= limit


def test_wav_size_is_exact() -> None:
    """Sixteen bits per sample and a header of 44 bytes."""
    assert wav_bytes(44_100, 2) == 44 + 176_400


def test_note_names_both_formats_when_one_stood_in_for_the_other() -> None:
    """Nobody gets another format without being told why."""
    fit = Fit(format=AudioFormat.FLAC, limit_bytes=TEN)

    said = note(fit, AudioFormat.MP3, 256, 37 * MIB)

    assert said == (
        "FLAC would be 37 MiB and this server takes 10 MiB, so this is MP3 at 256 kbit/s."
    )


def test_note_says_when_the_bitrate_had_to_fall() -> None:
    """The same format at a lower quality is worth a word too."""
    fit = Fit(format=AudioFormat.MP3, limit_bytes=TEN)

    said = note(fit, AudioFormat.MP3, 128, 18 * MIB)

    assert said == (
        "At 256 kbit/s this would be 18 MiB and this server takes 10 MiB, "
        "so this is MP3 at 128 kbit/s."
    )


def test_note_after_a_refusal_blames_the_refusal() -> None:
    """The limit was kept the first time, so it is not what made the file smaller."""
    fit = Fit(format=AudioFormat.MP3, limit_bytes=TEN, previous_bytes=5 * MIB)

    said = note(fit, AudioFormat.MP3, 160, 5 * MIB)

    assert said == "Discord did not take the file of 5 MiB, so this is MP3 at 160 kbit/s."


@pytest.mark.parametrize(("kbps", "wish"), [(256, None), (192, 200), (None, None)])
def test_no_note_when_the_wish_was_met(kbps: int | None, wish: int | None) -> None:
    """A wish between two rungs is met by the lower one."""
    kind = AudioFormat.WAV if kbps is None else AudioFormat.MP3
    fit = Fit(format=kind, limit_bytes=TEN, kbps=wish)

    assert note(fit, kind, kbps, 1) is None
