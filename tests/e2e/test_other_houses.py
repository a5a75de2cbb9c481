"""NovaKit and Nur beside fal: through the same commands, with troubles of their own."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
import pytest_asyncio
import soundfile

from tests.e2e.rig import House, Member, Message, audio_of, text_of, tone, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

STABLE, NUR = "novakit/fal-ai/stable-audio", "nur/music"
WORDS = "[verse]\nThe kettle sings upon the stove\n[chorus]\nCome in, come in\n"

_numbers = count()


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: House) -> Member:
    """Who owns the server, in a channel that nobody else uses; all houses work fast."""
    quick = {"queue_seconds": 0, "run_seconds": 0.2}
    await house.owner.send("POST", "/control/novakit", {**quick, "tracks": 80})
    await house.owner.send("POST", "/control/nur", {**quick, "tracks": 200})
    await house.owner.new_channel(f"house-{next(_numbers)}")
    return house.owner


async def heard(member: Member, card: Message) -> float:
    """Fetch a card's one file, hear that there is something in it, and give its seconds."""
    (file,) = audio_of(card)
    samples, rate = soundfile.read(io.BytesIO(await member.download(file)))
    assert float(np.abs(samples).max()) > 0.05
    return len(samples) / float(rate)


def says(*words: str) -> Callable[[Message], bool]:
    """Look for a card with these words."""
    return lambda card: all(word in text_of(card) for word in words)


async def submits_of(member: Member, house: str, prompt: str) -> list[dict[str, object]]:
    """What a house was sent with a prompt."""
    sent = await member.submits(house)
    return [one for one in sent if prompt in str(one["arguments"])]


async def test_each_house_delivers_through_its_commands(owner: Member) -> None:
    """What is sent is what was asked for, and what arrives can be played."""
    await owner.slash("music", prompt="rain on tin", model=STABLE, duration=12)
    first = await owner.finished()
    await owner.slash("music", prompt="sun on tin", model=NUR, duration=12, genre="lo-fi", tempo=85)
    second = await owner.finished(after=[first["id"]])
    lyrics = ("words.txt", WORDS.encode())
    model = "novakit/fal-ai/minimax-music/v2"
    await owner.slash("song", style="a kitchen waltz", model=model, lyrics=lyrics, duration=12)
    third = await owner.finished(after=[first["id"], second["id"]])

    for card in (first, second, third):
        assert 11 <= await heard(owner, card) <= 13
    (rain,) = await submits_of(owner, "novakit", "rain on tin")
    (sun,) = await submits_of(owner, "nur", "sun on tin")
    (waltz,) = await submits_of(owner, "novakit", "kitchen waltz")
    assert rain["arguments"] == {
        "prompt": "rain on tin",
        "duration_seconds": 12,
        "model": "fal-ai/stable-audio",
    }
    assert sun["arguments"] == {
        "prompt": "sun on tin",
        "duration": 12,
        "genre": "lo-fi",
        "tempo": 85,
    }
    assert waltz["arguments"] == {
        "prompt": "a kitchen waltz",
        "duration_seconds": 12,
        "model": "fal-ai/minimax-music/v2",
        "model_inputs": {"lyrics_prompt": WORDS},
    }
    assert "Stable Audio (NovaKit)" in text_of(first)


async def test_the_card_shows_novakits_percentage(owner: Member) -> None:
    """The bar moves by what NovaKit says of its work."""
    await owner.send("POST", "/control/novakit", {"run_seconds": 3})

    await owner.slash("music", prompt="a slow one", model=STABLE, duration=6)

    shown = await owner.card(says("a slow one", "% done"), "a percentage")
    assert "▰" in text_of(shown)
    await owner.finished()


async def test_a_spent_plan_is_said_in_words_and_costs_nothing(house: House, owner: Member) -> None:
    """With what remains, what to do, and a model of another house that can."""
    await owner.send("POST", "/control/novakit", {"tracks": 0})

    await owner.slash("music", prompt="one too many", model=STABLE, duration=12)

    card = await owner.card(says("0 music tracks left this month"), "the quota")
    told = text_of(card)
    assert "refunded" in told
    assert "keeps failing" not in told
    assert "(NovaKit)" not in told.partition("can do this")[0].rpartition("\n")[2]
    assert house.bot.job(card)["cost"] == 0
    assert [one["status"] for one in await submits_of(owner, "novakit", "one too many")] == [402]
    buttons = [one.get("label", "") for row in card["components"] for one in row["components"]]
    assert any(label.startswith("Try ") for label in buttons)


async def test_a_lost_answer_is_found_in_novakits_list_and_never_sent_again(
    owner: Member,
) -> None:
    """The job was made, so it is delivered, and paid for once."""
    await owner.fault("novakit.submit", "drop_after")

    await owner.slash("music", prompt="lost and found", model=STABLE, duration=12)

    assert await heard(owner, await owner.finished()) > 11
    (only,) = await submits_of(owner, "novakit", "lost and found")
    assert only["status"] == 202


async def test_a_lost_answer_of_nurs_is_given_up_at_once(owner: Member, house: House) -> None:
    """Nur has no list to look in: nothing is sent twice, and nobody waits for a miracle."""
    await owner.fault("nur.submit", "drop_after")

    await owner.slash("music", prompt="lost for good", model=NUR, duration=12)

    card = await owner.card(says("no list in which it could be looked up"), "the end")
    assert "refunded" in text_of(card)
    assert house.bot.job(card)["cost"] == 0
    assert len(await submits_of(owner, "nur", "lost for good")) == 1


async def test_a_house_that_is_busy_is_asked_again(owner: Member) -> None:
    """What was turned away was not taken."""
    await owner.fault("novakit.submit", "status", status=429, headers={"Retry-After": "1"})
    await owner.fault("nur.submit", "status", status=503)

    await owner.slash("music", prompt="patience", model=STABLE, duration=6)
    first = await owner.finished()
    await owner.slash("music", prompt="patience", model=NUR, duration=6)
    await owner.finished(after=[first["id"]])

    for name, statuses in (("novakit", [429, 202]), ("nur", [503, 200])):
        sent = await submits_of(owner, name, "patience")
        assert [one["status"] for one in sent] == statuses


async def test_a_source_reaches_novakit_by_an_address_of_fals_storage(owner: Member) -> None:
    """NovaKit has no storage of its own, and Discord's addresses are nobody's business."""
    await owner.slash("remix", audio=("a.mp3", tone(7)), prompt="techno, please", model=STABLE)

    assert 6 < await heard(owner, await owner.finished()) < 8
    (sent,) = await submits_of(owner, "novakit", "techno, please")
    arguments = sent["arguments"]
    assert isinstance(arguments, dict)
    uploads = {one["url"] for one in (await owner.get("/control/fal"))["uploads"]}
    assert arguments.pop("source_audio") in uploads
    assert arguments == {
        "prompt": "techno, please",
        "mode": "audio_to_audio",
        "duration_seconds": 7,
        "model": "fal-ai/stable-audio",
    }


async def test_a_request_that_cannot_be_stopped_is_delivered(owner: Member) -> None:
    """Neither house can drop what it has taken; what is paid for is handed over."""
    await owner.send("POST", "/control/nur", {"run_seconds": 2})
    await owner.slash("music", prompt="too late", model=NUR, duration=6)

    async def taken() -> bool | None:
        return bool(await submits_of(owner, "nur", "too late")) or None

    await until(taken, "the submit")
    card = await owner.card(says("too late"), "the card")
    await owner.press(card, "Cancel")

    assert await heard(owner, await owner.finished()) > 5


async def test_the_models_are_suggested_with_their_house(owner: Member) -> None:
    """Six of NovaKit and one of Nur; whoever types the house sees them."""
    values = [one["value"] for one in await owner.suggestions("music", "model", "novakit")]
    values += [one["value"] for one in await owner.suggestions("song", "model", "novakit")]
    nur = [one["value"] for one in await owner.suggestions("music", "model", "nur m")]

    assert len(set(values)) == 6
    assert nur == [NUR]
