"""/song: words from a form, a file or the model, checked before anything is spent."""

from __future__ import annotations

import pytest
import pytest_asyncio

from sandbox.app import Sandbox
from tests.e2e.rig import Bot, House, Member, audio_of, prefilled, text_of, tone, until

pytestmark = pytest.mark.e2e

shared = pytest.mark.asyncio(loop_scope="module")

ACE, RHYTHM, MINIMAX = "fal-ai/ace-step", "fal-ai/diffrhythm", "fal-ai/minimax-music"
WORDS = "[verse]\nThe kettle sings upon the stove\n[chorus]\nCome in, come in\n"
PLAIN = "The kettle sings upon the stove\nThe rain is on the pane\n\nCome in, come in\nand stay"
TAGGED = (
    "[verse]\nThe kettle sings upon the stove\nThe rain is on the pane\n\n"
    "[chorus]\nCome in, come in\nand stay"
)


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: House) -> Member:
    """Who owns the server, in a channel where nothing was said yet."""
    await house.owner.new_channel("songs")
    return house.owner


def text(words: str) -> tuple[str, bytes]:
    """A text file."""
    return ("words.txt", words.encode())


@shared
async def test_without_words_a_form_asks_for_them_first(house: House, owner: Member) -> None:
    """It has what was typed already; what is written there leaves as it is, line by line."""
    count = len(await owner.submits())
    opened = await owner.slash("song", style="kitchen waltz", model=ACE, duration=6)
    assert await owner.form_opened(opened)
    inputs = prefilled(house.sandbox, opened)
    assert (inputs["style"], inputs["lyrics"], inputs["model"]) == ("kitchen waltz", "", ACE)
    assert len(await owner.submits()) == count

    await owner.fill(opened, **inputs | {"title": "Kettle", "lyrics": WORDS})

    card = await owner.finished()
    (submit,) = (await owner.submits())[count:]
    asked = submit["arguments"]
    assert (asked["tags"], asked["lyrics"], asked["duration"]) == ("kitchen waltz", WORDS, 6)
    assert "Kettle" in text_of(card)


@shared
async def test_a_text_file_needs_no_form(owner: Member) -> None:
    """Its words are sung as they stand, whatever a Windows editor put at its ends."""
    count = len(await owner.submits())
    file = ("words.txt", b"\xef\xbb\xbf" + WORDS.replace("\n", "\r\n").encode())
    opened = await owner.slash("song", style="waltz", model=ACE, duration=6, lyrics=file)
    assert not await owner.form_opened(opened)

    await owner.finished()

    (submit,) = (await owner.submits())[count:]
    assert submit["arguments"]["lyrics"] == WORDS


@shared
async def test_a_model_writes_the_words_where_it_can(owner: Member) -> None:
    """No form; where nobody chose a model, it is one that writes."""
    count = len(await owner.submits())
    opened = await owner.slash("song", style="a waltz about kettles", write_lyrics=True)
    assert not await owner.form_opened(opened)

    await owner.finished()

    (submit,) = (await owner.submits())[count:]
    asked = submit["arguments"]
    assert "lyrics" not in asked
    assert asked["prompt"].startswith("a waltz about kettles")


@shared
async def test_an_instrumental_needs_no_words(owner: Member) -> None:
    """No form, and the model is told in its own way."""
    count = len(await owner.submits())
    opened = await owner.slash("song", style="waltz", model=ACE, duration=6, instrumental=True)
    assert not await owner.form_opened(opened)

    await owner.finished()

    (submit,) = (await owner.submits())[count:]
    assert submit["arguments"]["lyrics"] == "[inst]"


@shared
async def test_a_flaw_is_offered_put_right_before_anything_is_spent(
    house: House, owner: Member
) -> None:
    """The button opens the form with the words put right, and the rest as it was typed."""
    count = len(await owner.submits())
    await owner.slash("song", style="waltz", model=RHYTHM, lyrics=text(PLAIN), format="ogg")
    told = await owner.told()
    assert "at least 2 sections" in told
    assert "Nothing was charged" in told
    assert len(await owner.submits()) == count
    (offer,) = await owner.hidden()

    opened = await owner.press(offer, "Put it right")
    assert await owner.form_opened(opened)
    inputs = prefilled(house.sandbox, opened)
    assert (inputs["lyrics"], inputs["style"], inputs["model"]) == (TAGGED, "waltz", RHYTHM)
    await owner.fill(opened, **inputs)

    card = await owner.finished()
    (submit,) = (await owner.submits())[count:]
    assert submit["arguments"]["lyrics"] == TAGGED
    assert audio_of(card)[0]["filename"].endswith(".ogg")


@shared
async def test_a_flaw_that_needs_judgement_is_told_and_the_words_are_kept(
    house: House, owner: Member
) -> None:
    """Six hundred characters are not chosen for anybody; nobody types the others again."""
    before = await owner.get("/control/fal")
    file = text("[verse]\n" + "la la la\n" * 100)
    await owner.slash("song", style="waltz with bells", model=f"{MINIMAX}/v1.5", lyrics=file)

    told = await owner.told()

    assert "600" in told
    (refusal,) = await owner.hidden()
    opened = await owner.press(refusal, "Open it again")
    assert await owner.form_opened(opened)
    assert prefilled(house.sandbox, opened)["lyrics"] == "[verse]\n" + "la la la\n" * 100
    assert len((await owner.get("/control/fal"))["submits"]) == len(before["submits"])


@shared
@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("words.txt", bytes(range(256)) * 8), "not plain text"),
        (("words.txt", b"\x00\x01\x02 la la"), "no words"),
        (("words.txt", b" \n\n "), "no words"),
        (("words.txt", b"la " * 40_000), "larger than 64 KB"),
    ],
)
async def test_what_is_no_text_is_not_sung(
    owner: Member, file: tuple[str, bytes], sentence: str
) -> None:
    """A sentence, and no request."""
    count = len(await owner.submits())
    await owner.slash("song", style="waltz", lyrics=file)

    assert sentence in await owner.told()
    assert len(await owner.submits()) == count


@shared
async def test_a_reference_goes_out_from_fals_storage(owner: Member) -> None:
    """To the model that was chosen, which takes one."""
    count = len(await owner.submits())
    voice = ("voice.mp3", tone(16))
    await owner.slash("song", model=MINIMAX, lyrics=text(WORDS), reference=voice)

    await owner.finished()

    (submit,) = (await owner.submits())[count:]
    assert submit["endpoint"] == MINIMAX
    uploads = {one["url"] for one in (await owner.get("/control/fal"))["uploads"]}
    assert submit["arguments"]["reference_audio_url"] in uploads


@shared
async def test_a_reference_survives_the_form(house: House, owner: Member) -> None:
    """It was attached before the words were written, and before they had to be put right."""
    count = len(await owner.submits())
    voice = ("voice.mp3", tone(16))
    model = "fal-ai/diffrhythm"
    opened = await owner.slash("song", style="waltz", model=model, reference=voice)
    assert await owner.form_opened(opened)
    await owner.fill(opened, **prefilled(house.sandbox, opened) | {"lyrics": PLAIN})
    await owner.told()
    (offer,) = await owner.hidden()
    opened = await owner.press(offer, "Put it right")
    assert await owner.form_opened(opened)
    await owner.fill(opened, **prefilled(house.sandbox, opened))

    await owner.finished()

    (submit,) = (await owner.submits())[count:]
    uploads = {one["url"] for one in (await owner.get("/control/fal"))["uploads"]}
    assert submit["arguments"]["reference_audio_url"] in uploads


@shared
async def test_a_reference_that_the_model_does_not_take_is_refused(owner: Member) -> None:
    """With the names of those that do."""
    count = len(await owner.submits())
    voice = ("voice.mp3", tone(16))
    await owner.slash("song", style="waltz", model=ACE, lyrics=text(WORDS), reference=voice)

    told = await owner.told()

    assert "takes no reference" in told
    assert "MiniMax Music" in told
    assert len(await owner.submits()) == count


@shared
async def test_words_are_checked_for_the_servers_own_model(owner: Member) -> None:
    """The model that an admin chose has its own wishes."""
    count = len(await owner.submits())
    there = await owner.found_server("The Yodelling Goat")
    await there.slash("settings", command="song", model=RHYTHM)

    async def settled() -> bool | None:
        return any("DiffRhythm" in text_of(one) for one in await there.messages()) or None

    await until(settled, "the setting")
    seen = {one["id"] for one in await there.messages()}
    await there.slash("song", style="waltz", lyrics=text(PLAIN))

    assert "at least 2 sections" in await there.told(after=seen)
    assert len(await owner.submits()) == count


@shared
async def test_a_style_alone_makes_a_song(house: House, owner: Member) -> None:
    """The form says that the model then writes the words, and one that can is taken."""
    count = len(await owner.submits())
    opened = await owner.slash("song", style="a waltz about kettles")
    assert await owner.form_opened(opened)
    await owner.fill(opened, **prefilled(house.sandbox, opened))

    await owner.finished()

    (submit,) = (await owner.submits())[count:]
    assert submit["arguments"]["prompt"].startswith("a waltz about kettles")
    assert "lyrics" not in submit["arguments"]


@shared
async def test_a_model_that_writes_no_words_leaves_nobody_stuck(
    house: House, owner: Member
) -> None:
    """It says who would write them at what price; one press, and they are written."""
    count = len(await owner.submits())
    opened = await owner.slash("song", style="a waltz about kettles", model=ACE, duration=6)
    assert await owner.form_opened(opened)
    await owner.fill(opened, **prefilled(house.sandbox, opened))
    told = await owner.told()
    assert "sings the words it is given, and there are none" in told
    assert "about $" in told
    assert len(await owner.submits()) == count
    (refusal,) = await owner.hidden()
    labels = [one["label"] for one in refusal["components"][0]["components"]]
    assert labels[0] == "Open it again"

    await owner.press(refusal, labels[1])

    await owner.finished()
    (submit,) = (await owner.submits())[count:]
    assert submit["arguments"]["prompt"].startswith("a waltz about kettles")


async def test_words_are_still_there_after_a_power_cut(
    member: Member, bot: Bot, sandbox: Sandbox
) -> None:
    """Nobody types a song twice because of a restart: neither a draft nor an open form is lost."""
    await member.slash("song", style="waltz", model=RHYTHM, lyrics=text(PLAIN))
    await member.told()
    (offer,) = await member.hidden()
    voice = ("voice.mp3", tone(16))
    written = await member.slash("song", style="polka", model=MINIMAX, reference=voice)
    assert await member.form_opened(written)

    await member.cut_power(bot)
    opened = await member.press(offer, "Put it right")
    assert await member.form_opened(opened)
    await member.fill(opened, **prefilled(sandbox, opened))
    waltz = await member.finished()
    await member.fill(written, **prefilled(sandbox, written) | {"style": "", "lyrics": WORDS})
    await member.finished(after={waltz["id"]})

    first, second = await member.submits()
    assert first["arguments"]["lyrics"] == TAGGED
    uploads = {one["url"] for one in (await member.get("/control/fal"))["uploads"]}
    assert second["arguments"]["reference_audio_url"] in uploads
