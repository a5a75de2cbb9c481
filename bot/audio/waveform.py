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
_MIDDLE, _TALLEST = 62.5, 54.0
_CORNER = 12
_TICK_TOP, _TICK_END = 8, 117
_TEXT_MIDDLE, _TEXT_SIZE = 140, 29
"""A phone shows the picture at less than half its size, and the times are to be read there."""
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)
_MOST_STEPS = 5

_CARD = np.array([30, 31, 34], np.float32)
_FROM, _TO = np.array([88, 101, 242], np.float32), np.array([235, 69, 158], np.float32)
_TEXT = np.array([181, 186, 193], np.float32)
_TICK = 48
_DIM = 0.42
_COLOURS, _SHADES = 112, 16

Picture = NDArray[np.float32]


def draw(levels: Levels) -> bytes:
    """Draw an 800x160 PNG of under 10 KB, readable on dark and on light backgrounds."""
    canvas = np.broadcast_to(_CARD, (HEIGHT, WIDTH, 3)).copy()
    peaks, loudness = levels.bars(_BARS)
    loudest, fullest = float(peaks.max()), float(loudness.max())
    colours = _gradient()
    if loudest > 0 and fullest > 0:
        _paint(canvas, (peaks / loudest) ** 0.9, colours, _DIM)
        _paint(canvas, (loudness / fullest) ** 1.2 * 0.72, colours, 1.0)
    else:
        _paint(canvas, np.zeros(_BARS, np.float32), colours, _DIM)
    return _save(canvas, _marks(_ticks(levels.seconds)))


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


def _marks(ticks: list[tuple[float, str]]) -> Image.Image:
    """Draw the times and their lines, in grey: how much of the text's colour goes where."""
    marks = Image.new("L", (WIDTH, HEIGHT), 0)
    pen = ImageDraw.Draw(marks)
    font = ImageFont.load_default(size=_TEXT_SIZE)
    for place, (x, text) in enumerate(ticks):
        is_end = place in {0, len(ticks) - 1}
        if not is_end:
            pen.line((round(x), _TICK_TOP, round(x), _TICK_END), fill=_TICK)
        anchor = ("l" if place == 0 else "r" if is_end else "m") + "m"
        pen.text((x, _TEXT_MIDDLE), text, fill=255, font=font, anchor=anchor)
    return marks


def _save(canvas: Picture, marks: Image.Image) -> bytes:
    """Pack into a palette of three parts: the bars, the marks, and the corners.

    Marks are seen where there is no bar, and corners show nothing but the card, so both are
    shades of one colour; left to the quantiser they would take on the bars' tint.
    """
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8), "RGB")
    packed = picture.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    places = np.array(packed, int)
    bare = (np.abs(canvas - _CARD) < 1).all(axis=2)
    grey = np.array(marks, int) * _SHADES // 256
    places = np.where(bare, _COLOURS + grey, places)
    solid = np.array(_corners(), int) * _SHADES // 256
    places = np.where(solid < _SHADES - 1, _COLOURS + _SHADES + solid, places)

    part = np.linspace(0, 1, _SHADES)[:, None]
    shades = np.rint(_CARD + (_TEXT - _CARD) * part).astype(int).ravel().tolist()
    bars = (packed.getpalette() or [])[: _COLOURS * 3]
    bars += [0] * (_COLOURS * 3 - len(bars))
    card = [int(one) for one in _CARD]
    final = Image.fromarray(places.astype(np.uint8), "P")
    final.putpalette(bars + shades + card * _SHADES)
    clear = [255 * one // (_SHADES - 1) for one in range(_SHADES)]
    alphas = bytes([255] * (_COLOURS + _SHADES) + clear)
    out = BytesIO()
    final.save(out, "PNG", optimize=True, transparency=alphas)
    return out.getvalue()


def _corners() -> Image.Image:
    """Draw where the card is, with smooth corners: drawn large, then made small."""
    scale = 4
    mask = Image.new("L", (WIDTH * scale, HEIGHT * scale), 0)
    edge = (0, 0, WIDTH * scale - 1, HEIGHT * scale - 1)
    ImageDraw.Draw(mask).rounded_rectangle(edge, _CORNER * scale, fill=255)
    return mask.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
