"""A picture of a sound: how it will feel, before it is played.

Two layers: the dim one is the peak, the bright one the loudness. Loudness alone would hide the
attacks; peaks alone are a brick on music that was mastered loud.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bot.audio.levels import Levels

WIDTH, HEIGHT = 800, 160
_BARS = 192
_LEFT, _PITCH, _RADIUS = 16, 4, 1.4
_MIDDLE, _TALLEST = 74.5, 64.0
_CORNER = 12
_TICK_TOP, _TICK_END = 10, 143
_TEXT_MIDDLE = 150
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)
_MOST_STEPS = 6

_CARD = np.array([30, 31, 34], np.float32)
_TICK = np.array([56, 58, 64], np.float32)
_FROM, _TO = np.array([88, 101, 242], np.float32), np.array([235, 69, 158], np.float32)
_TEXT = (181, 186, 193)
_DIM = 0.34

Picture = NDArray[np.float32]


def draw(levels: Levels) -> bytes:
    """Draw an 800x160 PNG of under 10 KB, readable on dark and on light backgrounds."""
    ticks = _ticks(levels.seconds)
    canvas = np.broadcast_to(_CARD, (HEIGHT, WIDTH, 3)).copy()
    for x, _ in ticks[1:-1]:
        canvas[_TICK_TOP:_TICK_END, round(x)] = _TICK
    peaks, loudness = levels.bars(_BARS)
    loudest, fullest = float(peaks.max()), float(loudness.max())
    colours = _gradient()
    if loudest > 0 and fullest > 0:
        _paint(canvas, (peaks / loudest) ** 0.9, colours, _DIM)
        _paint(canvas, (loudness / fullest) ** 1.2 * 0.72, colours, 1.0)
    else:
        _paint(canvas, np.zeros(_BARS, np.float32), colours, _DIM)
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8), "RGB")
    _label(picture, ticks)
    return _save(picture)


def _paint(canvas: Picture, heights: Picture, colours: Picture, strength: float) -> None:
    """Lay rounded, smooth-edged bars over the canvas.

    There is one height per bar, from 0 to 1, and one colour per column of the canvas.
    """
    columns = np.arange(WIDTH)
    bar = np.clip((columns - _LEFT) // _PITCH, 0, _BARS - 1)
    across = np.abs(columns - (_LEFT + bar * _PITCH + (_PITCH - 1) / 2))
    straight = np.maximum(heights[bar] * _TALLEST - _RADIUS, 0)
    along = np.abs(np.arange(HEIGHT) - _MIDDLE)[:, None]
    distance = np.hypot(across[None, :], np.maximum(along - straight[None, :], 0)) - _RADIUS
    cover = np.clip(0.5 - distance, 0, 1)
    cover[:, (columns < _LEFT) | (columns >= _LEFT + _BARS * _PITCH)] = 0
    weight = (cover * strength)[:, :, None]
    canvas[:] = canvas * (1 - weight) + colours[None, :, :] * weight


def _gradient() -> Picture:
    """Give every column its colour."""
    part = np.linspace(0, 1, _BARS, dtype=np.float32)
    per_bar = _FROM + (_TO - _FROM) * part[:, None]
    bar = np.clip((np.arange(WIDTH) - _LEFT) // _PITCH, 0, _BARS - 1)
    return per_bar[bar].astype(np.float32)


def _ticks(seconds: float) -> list[tuple[float, str]]:
    """Choose the moments to label, as pixel and text; the first and the last are the ends."""
    right = float(_LEFT + _BARS * _PITCH)
    step = next((one for one in _STEPS if seconds / one <= _MOST_STEPS), _STEPS[-1])
    decimals = 0 if step >= 1 and seconds >= 5 else 1
    ticks = [(float(_LEFT), _time(0, decimals))]
    moment = step
    # The last label needs room, so a tick close to the end gives way to it.
    while seconds > 0 and moment < seconds - step * 0.45:
        ticks.append((_LEFT + (right - _LEFT) * moment / seconds, _time(moment, decimals)))
        moment += step
    return [*ticks, (right, _time(seconds, decimals))]


def _time(seconds: float, decimals: int) -> str:
    """Write a moment as minutes and seconds."""
    tenths = round(seconds * 10) if decimals else round(seconds) * 10
    minutes, rest = divmod(tenths, 600)
    text = f"{minutes}:{rest // 10:02d}"
    return f"{text}.{rest % 10}" if decimals else text


def _label(picture: Image.Image, ticks: list[tuple[float, str]]) -> None:
    """Write the times under the bars."""
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=13)
    for place, (x, text) in enumerate(ticks):
        anchor = "lm" if place == 0 else "rm" if place == len(ticks) - 1 else "mm"
        pen.text((x, _TEXT_MIDDLE), text, fill=_TEXT, font=font, anchor=anchor)


def _save(picture: Image.Image) -> bytes:
    """Round the corners and pack into few colours; the sixty-fourth is transparent."""
    scale = 4
    mask = Image.new("L", (WIDTH * scale, HEIGHT * scale), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, WIDTH * scale - 1, HEIGHT * scale - 1), _CORNER * scale, fill=255
    )
    picture.putalpha(mask.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
    packed = picture.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = BytesIO()
    packed.save(out, "PNG", optimize=True)
    return out.getvalue()
