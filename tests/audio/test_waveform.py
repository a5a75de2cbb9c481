from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bot.audio.levels import Levels, Meter
from bot.audio.waveform import draw
from tests.audio.sounds import music

CARD = (30, 31, 34)


def levels(seconds: float, *, loud: float = 1.0) -> Levels:
    """Make levels of a piece whose second half is half as loud as its first."""
    count = max(1, int(seconds * 100))
    wobble = np.random.default_rng(1).uniform(0.8, 1, count)
    peaks = (loud * wobble * np.where(np.arange(count) < count / 2, 1, 0.5)).astype(np.float32)
    return Levels(peaks=peaks, squares=(peaks * 0.4) ** 2, seconds=seconds)


def picture(of: Levels) -> tuple[Image.Image, int]:
    """Draw, and read what was drawn."""
    data = draw(of)
    return Image.open(BytesIO(data)).convert("RGBA"), len(data)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 3, 47.3, 150, 590, 3600])
def test_picture_has_its_size_and_stays_small(seconds: float) -> None:
    """Every length gives an 800x160 picture of under 10 KB."""
    image, size = picture(levels(seconds))

    assert image.size == (800, 160)
    assert size < 10_000


def test_card_is_opaque_with_transparent_corners() -> None:
    """The picture reads the same on dark and light backgrounds."""
    image, _ = picture(levels(30))

    alpha = np.array(image)[:, :, 3]
    assert {int(alpha[y, x]) for y in (0, -1) for x in (0, -1)} == {0}
    assert (alpha[20:-20] == 255).all()
    assert image.getpixel((5, 80)) == (*CARD, 255)


def test_louder_half_stands_taller() -> None:
    """The form of the piece can be seen."""
    image, _ = picture(levels(60))

    painted = (np.array(image)[8:117, :, :3] != CARD).any(axis=2).sum(axis=0)
    assert painted[20:380].mean() > 1.4 * painted[420:780].mean()


def test_both_layers_and_both_ends_of_the_gradient_are_there() -> None:
    """Loudness is bright, peaks are dim, and the colour runs from blue to pink."""
    shades = np.array(picture(levels(60))[0])[:, :, :3].astype(int)

    red, _, blue = shades[62, 18]
    assert blue > 2 * red
    red, _, blue = shades[62, 781]
    assert red > 1.3 * blue
    column = shades[:63, 18].sum(axis=1)
    assert column[62] > 1.5 * column[20] > 1.5 * 1.2 * sum(CARD)


def test_silence_is_a_thin_line() -> None:
    """Nothing is divided by zero, and the picture still says that there is a file."""
    image, _ = picture(levels(5, loud=0))

    painted = (np.array(image)[15:112, 16:100, :3] != CARD).any(axis=(1, 2))
    assert 0 < painted.sum() <= 4


def test_times_are_written_under_the_bars() -> None:
    """There is text at both ends of the bottom line, and it differs with the length."""
    strips = [np.array(picture(levels(seconds))[0])[122:158, :, :3] for seconds in (60, 590)]

    for strip in strips:
        assert (strip[:, 16:50] != CARD).any()
        assert (strip[:, 750:784] != CARD).any()
    assert (strips[0] != strips[1]).any()


@pytest.mark.parametrize("seconds", [0.5, 5.1, 30, 59, 95, 247, 899])
def test_times_can_be_read_on_a_phone(seconds: float) -> None:
    """There the picture is 330 points wide; digits are eight high, and stand apart."""
    strip = np.array(picture(levels(seconds))[0])[122:158, :, :3]
    inked = (strip != CARD).any(axis=2)

    rows = np.flatnonzero(inked.any(axis=1))
    assert (rows[-1] - rows[0] + 1) * 330 / 800 >= 8
    gaps = np.diff(np.flatnonzero(inked.any(axis=0)))
    assert (gaps > 30).sum() >= 2


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
def test_meter_gives_the_same_levels_for_blocks_of_any_size(rate: int) -> None:
    """Where a block ends leaves no trace in the picture."""
    samples = music(1.003, rate=rate)
    whole, pieces = Meter(rate), Meter(rate)

    whole.add(samples)
    for start in range(0, len(samples), 777):
        pieces.add(samples[start : start + 777])

    one, other = whole.finish(), pieces.finish()
    assert np.array_equal(one.peaks, other.peaks)
    assert np.array_equal(one.squares, other.squares)
    assert one.seconds == other.seconds == len(samples) / rate
    assert one.peak == pytest.approx(float(np.abs(samples).max()))


def test_nothing_measured_is_silence() -> None:
    """Even no sample at all has bars."""
    nothing = Meter(44_100).finish()

    assert nothing.peak == 0
    assert nothing.voice_bars() == b"\0"


def test_voice_bars_are_at_most_one_per_tenth_of_a_second() -> None:
    """Discord takes no more of them, and no more than 256."""
    assert len(levels(2).voice_bars()) == 20
    bars = levels(300).voice_bars()
    assert len(bars) == 256
    assert max(bars) == 255
    assert min(bars[:100]) > max(bars[150:])
