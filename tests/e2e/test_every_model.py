"""Every model of the catalogue makes something that can be played, through its own command."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import soundfile

from bot import catalogue
from bot.catalogue import Ask, Endpoint
from bot.domain.job import Kind
from bot.errors import InvalidInput
from sandbox.app import Sandbox
from tests.e2e.rig import Bot, Member, Message, audio_of, text_of, until

pytestmark = pytest.mark.e2e

LYRICS = "[verse]\nThe kettle sings upon the stove\nThe rain is on the pane\n\n[chorus]\nCome in, come in\n"
TIMED = "[verse]\n[00:05.00]The kettle sings upon the stove\n[chorus]\n[00:20.00]Come in, come in\n"

PER_CHANNEL = 4

Option = str | float | bool | tuple[str, bytes]


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot without limits, for an account that runs many requests at once."""
    bot = Bot(sandbox, tmp_path, MINSTREL_LIMITS="off", MINSTREL_MAX_ACTIVE="10")
    await bot.start()
    yield bot
    await bot.kill()


def _options(kind: Kind, model: type[Endpoint], marker: str) -> dict[str, Option]:
    """Ask for something short in the words that a command has for it."""
    options: dict[str, Option] = {"model": model.about.endpoint}
    if kind is not Kind.SONG:
        options["prompt"] = f"gentle waltz {marker}"
    elif _takes(kind, model, style="gentle folk waltz", lyrics=_words(model)):
        options["style"] = f"gentle folk waltz {marker}"
        options["lyrics"] = ("words.txt", _words(model).encode())
    else:
        options["style"] = f"gentle folk waltz {marker}"
        options["write_lyrics"] = True
    words = (
        {"prompt": "gentle waltz"}
        if kind is not Kind.SONG
        else {"style": "gentle folk waltz", "lyrics": _words(model)}
    )
    if _takes(kind, model, duration=12, **words):
        options["duration"] = 12  # less for the synthesiser to do
    return options


def _words(model: type[Endpoint]) -> str:
    return TIMED if model.about.endpoint == "fal-ai/diffrhythm" else LYRICS


def _takes(kind: Kind, model: type[Endpoint], **options: Any) -> bool:
    """Say whether a model can be asked like this."""
    try:
        catalogue.prepare(Ask(kind=kind, model=model.about.endpoint, **options), random=Random(1))
    except InvalidInput:
        return False
    return True


async def _ask_all(member: Member) -> tuple[list[str], list[str]]:
    """Ask every model for something; give the endpoints, and the channels where it was asked."""
    asked: list[str] = []
    channels: list[str] = []
    for kind in (Kind.MUSIC, Kind.SFX, Kind.SONG):
        for number, model in enumerate(catalogue.models(kind)):
            if kind is Kind.SONG and model.about.takes_audio is not None:
                continue  # needs a recording; asked for in its own test
            asked.append(model.about.endpoint)
            # Discord takes an edit a second in one channel, so a crowd needs several.
            if len(asked) % PER_CHANNEL == 1:
                channels.append(await member.new_channel(f"stage-{len(channels)}"))
            await member.slash(kind.value, **_options(kind, model, f"{kind.value}{number}"))
    return asked, channels


async def _confirm(member: Member, question: Message) -> None:
    """Say yes to what is dear; any other answer that only the member sees is a refusal."""
    assert "would cost about" in question["content"], question["content"]
    labels = [button["label"] for row in question["components"] for button in row["components"]]
    await member.press(question, next(label for label in labels if label.startswith("Confirm")))


async def _sent(member: Member) -> list[str]:
    """The endpoints of all that was sent anywhere."""
    sent = [one["endpoint"] for house in ("fal", "nur") for one in await member.submits(house)]
    return sent + [f"novakit/{one['endpoint']}" for one in await member.submits("novakit")]


@pytest.mark.timeout(300)
async def test_every_model_delivers_through_its_command(member: Member) -> None:
    """Whatever shape an endpoint takes and answers in, the card ends with a sound."""
    await member.send("POST", "/control/fal", {"concurrency": 10})
    for house in ("novakit", "nur"):
        await member.send("POST", f"/control/{house}", {"queue_seconds": 0, "run_seconds": 0.1})
    asked, channels = await _ask_all(member)
    confirmed: set[str] = set()

    async def ended() -> list[Message] | None:
        hidden = [one for channel in channels for one in await member.hidden(channel)]
        for question in (one for one in hidden if one["id"] not in confirmed):
            confirmed.add(question["id"])
            await _confirm(member, question)
        cards = [card for channel in channels for card in await member.cards(channel)]
        over = [one for one in cards if audio_of(one) or "harged" in text_of(one)]
        return over if len(over) == len(asked) else None

    cards = await until(ended, f"{len(asked)} ends", seconds=100)
    silent = {}
    for card in cards:
        if not audio_of(card):
            silent[text_of(card)] = "no audio"
            continue
        data = await member.download(audio_of(card)[0])
        samples, _rate = soundfile.read(io.BytesIO(data))
        if abs(samples).max() < 0.05:
            silent[text_of(card)] = "silence"
    assert not silent
    assert sorted(await _sent(member)) == sorted(asked)
