"""The buttons under a finished piece: who may press them, what they do, and for how long."""

from __future__ import annotations

import io

import pytest
import pytest_asyncio
import soundfile

from sandbox.app import Sandbox
from tests.e2e.rig import Bot, House, Member, Message, audio_of, prefilled, text_of, until

pytestmark = pytest.mark.e2e

shared = pytest.mark.asyncio(loop_scope="module")

FORMS = ("Edit", "Remix", "Extend", "Format")
MODEL = "beatoven/music-generation"
"""It takes a seed, and makes what cannot be heard twice the same."""
PIECE: dict[str, str | float] = {
    "prompt": "a *small* march, “proud”",
    "model": MODEL,
    "duration": 6,
    "seed": 77,
    "genre": "polka",
    "format": "ogg",
}


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: House) -> Member:
    """Who owns the server, in a channel where nothing was said yet."""
    await house.owner.send("POST", "/control/fal", {"queue_seconds": 0})
    await house.owner.new_channel("buttons")
    return house.owner


async def made_by(member: Member) -> Message:
    """Have somebody make a piece."""
    await member.slash("music", **PIECE)
    return await member.finished()


async def gone(member: Member, card: Message) -> None:
    """Wait until a message is gone."""

    async def look() -> bool | None:
        return all(one["id"] != card["id"] for one in await member.cards()) or None

    await until(look, "the end of the card")


@shared
async def test_edit_opens_the_request_as_it_was_and_makes_a_new_card(
    house: House, owner: Member
) -> None:
    """What is changed leaves changed, what is not as it was; the old card stays."""
    old = await made_by(owner)
    count = len(await owner.submits())
    opened = await owner.press(old, "Edit")
    assert await owner.form_opened(opened)
    inputs = prefilled(house.sandbox, opened)
    assert inputs["prompt"] == PIECE["prompt"]
    assert (inputs["model"], inputs["duration"], inputs["seed"]) == (MODEL, "6", "77")
    assert inputs["more"] == "genre=polka format=ogg"

    await owner.fill(opened, **inputs | {"duration": "0:08", "more": "genre=polka format=flac"})

    new = await owner.finished(after={old["id"]})
    (submit,) = (await owner.submits())[count:]
    before = (await owner.submits())[count - 1]
    assert submit["arguments"] == before["arguments"] | {"duration": 8}
    assert audio_of(new)[0]["filename"].endswith(".flac")
    assert old["id"] in {one["id"] for one in await owner.cards()}


@shared
async def test_what_an_edit_cannot_mean_is_said(house: House, owner: Member) -> None:
    """The form is read as carefully as the command."""
    card = await made_by(owner)
    count = len(await owner.submits())
    for change, sentence in (
        ({"duration": "long"}, "not a length"),
        ({"more": "tempo"}, "pairs"),
        ({"model": "no such thing"}, "no model called"),
        ({"duration": "999"}, "150"),
    ):
        opened = await owner.press(card, "Edit")
        assert await owner.form_opened(opened)
        seen = {one["id"] for one in await owner.messages()}
        await owner.fill(opened, **prefilled(house.sandbox, opened) | change)
        assert sentence in await owner.told(after=seen)
    assert len(await owner.submits()) == count


@shared
async def test_what_was_typed_into_a_refused_form_is_not_typed_again(
    house: House, owner: Member
) -> None:
    """Each form comes back as it was written; what is put right there is made."""
    card = await made_by(owner)
    count = len(await owner.submits())
    edited = {"prompt": "a march for **nobody**", "duration": "999", "more": "genre=polka"}
    wishes: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
        ("Edit", edited, {"duration": "7"}),
        ("Remix", {"wish": "replace soon", "model": ""}, {"wish": "darker"}),
        ("Extend", {"after": "long", "before": "", "prompt": "with bells"}, {"after": "10"}),
    )
    for label, typed, better in wishes:
        opened = await owner.press(card, label)
        assert await owner.form_opened(opened)
        seen = {one["id"] for one in await owner.messages()}
        await owner.fill(opened, **prefilled(house.sandbox, opened) | typed)
        assert "Nothing was charged" in await owner.told(after=seen)
        assert len(await owner.submits()) == count
        (refusal,) = [one for one in await owner.hidden() if one["id"] not in seen]

        again = await owner.press(refusal, "Open it again")
        assert await owner.form_opened(again)
        inputs = prefilled(house.sandbox, again)
        assert {name: inputs[name] for name in typed} == typed
        cards = {one["id"] for one in await owner.cards()}
        await owner.fill(again, **inputs | better)
        await owner.finished(after=cards)
        count += 1
    assert len(await owner.submits()) == count


@shared
async def test_whoever_asks_to_be_told_is_pinged(owner: Member) -> None:
    """They alone, once it is there; the button then takes it back."""
    await owner.send("POST", "/control/fal", {"queue_seconds": 12})
    maker, other = await owner.join("maker"), await owner.join("other")
    await maker.slash("music", **PIECE)
    card = await owner.card(lambda one: "model's queue" in text_of(one), "a queued card")
    await other.press(card, "Notify me")
    assert "Only the member who asked for this" in await other.told()

    await maker.press(card, "Notify me")
    card = await owner.card(lambda one: "Don't notify me" in str(one["components"]), "a bell")
    await maker.press(card, "Don't notify me")
    card = await owner.card(lambda one: "'Notify me" in str(one["components"]), "no bell")
    await maker.press(card, "Notify me")
    await owner.card(lambda one: "Don't notify me" in str(one["components"]), "a bell")
    await owner.send("POST", "/control/fal", {"queue_seconds": 0})

    told = await owner.card(lambda one: "your piece is ready" in one["content"], "a ping")
    assert [one["id"] for one in told["mentions"]] == [maker.user_id]
    assert told["message_reference"]["message_id"] == card["id"]


@shared
async def test_again_is_open_to_others_at_their_own_cost(house: House, owner: Member) -> None:
    """Same prompt, new seed, a card of their own."""
    guest = await owner.join("guest")
    old = await made_by(owner)
    await guest.press(old, "Again")

    new = await owner.finished(after={old["id"]})

    first, second = (await owner.submits())[-2:]
    assert first["arguments"]["seed"] == 77
    assert second["arguments"] == first["arguments"] | {"seed": second["arguments"]["seed"]}
    assert second["arguments"]["seed"] != 77
    assert f"<@{guest.user_id}>" in text_of(new)
    job = house.bot.job(new)
    assert job["user_id"] == int(guest.user_id)
    assert audio_of(new)[0]["filename"].endswith(".ogg")


@shared
async def test_a_press_that_is_delivered_twice_is_one_action(owner: Member) -> None:
    """The same interaction again is the same job."""
    old = await made_by(owner)
    count = len(await owner.submits())
    await owner.press(old, "Again")
    await owner.send("POST", "/control/gateway", {"action": "replay", "count": 1})

    new = await owner.finished(after={old["id"]})

    await owner.send("POST", "/control/gateway", {"action": "replay", "count": 3})
    # What comes after the replayed events is answered after them.
    await owner.slash("show", id="1")
    await owner.told()
    assert {one["id"] for one in await owner.cards()} == {old["id"], new["id"]}
    assert len(await owner.submits()) == count + 1


@shared
async def test_a_form_that_is_asked_for_twice_opens_once(house: House, owner: Member) -> None:
    """What cannot be answered twice is no trouble of ours, and no incident in the log."""
    card = await made_by(owner)
    incidents = house.bot.log.count("incident")
    for label in ("Edit", "Remix", "Extend", "Format"):
        pressed = await owner.press(card, label)
        await owner.send("POST", "/control/gateway", {"action": "replay", "count": 1})
        assert await owner.form_opened(pressed)
    chosen = await owner.menu("Remix this", card)
    await owner.send("POST", "/control/gateway", {"action": "replay", "count": 1})
    assert await owner.form_opened(chosen)
    typed = await owner.slash("song", style="waltz")
    await owner.send("POST", "/control/gateway", {"action": "replay", "count": 1})
    assert await owner.form_opened(typed)

    await owner.press(card, "Delete")
    await owner.press(card, "Delete")
    await gone(owner, card)
    await owner.slash("show", id="1")
    assert "no such piece" in await owner.told()

    assert house.bot.log.count("incident") == incidents


@shared
async def test_delete_is_for_the_owner_and_for_moderators(house: House, owner: Member) -> None:
    """The message goes, and the files that were kept of it; strangers get a sentence."""
    maker, stranger = await owner.join("maker"), await owner.join("stranger")
    moderator = await owner.join("moderator", "manage_messages")
    first = await made_by(maker)

    await stranger.press(first, "Delete")
    assert "Only the member who asked for this" in await stranger.told()
    kept = house.bot.data_dir / "files"
    assert any((kept / first["nonce"]).iterdir())

    await maker.press(first, "Delete")
    await gone(owner, first)
    second = await made_by(maker)
    await moderator.press(second, "Delete")
    await gone(owner, second)

    for card in (first, second):

        async def forgotten(card: Message = card) -> bool | None:
            return house.bot.job(card)["files"] == "[]" or None

        await until(forgotten, "the end of the files")


@shared
async def test_a_piece_that_was_deleted_by_mistake_comes_back(house: House, owner: Member) -> None:
    """For whoever deleted it, for a moment: the same sound on a new card, buttons and all."""
    maker, stranger = await owner.join("maker"), await owner.join("stranger")
    card = await made_by(maker)
    await maker.press(card, "Delete")
    await gone(owner, card)

    async def offered() -> Message | None:
        found = [one for one in await maker.messages() if "Undo" in str(one["components"])]
        return found[0] if found else None

    offer = await until(offered, "a way back")
    assert not any("Undo" in str(one["components"]) for one in await owner.messages())

    await maker.press(offer, "Undo")

    back = await owner.finished()
    assert back["id"] != card["id"]

    async def kept() -> bool | None:
        job = house.bot.job(card)
        return (job["card_id"] == int(back["id"]) and job["files"] != "[]") or None

    await until(kept, "the new card in the books")
    await stranger.press(back, "Again")
    await owner.finished(after={back["id"]})
    seen = {one["id"] for one in await maker.messages()}
    await maker.press(offer, "Undo")
    assert "too late" in await maker.told(after=seen)


@shared
async def test_what_was_deleted_is_not_brought_back(owner: Member) -> None:
    """Nor offered while typing, nor left in copies: whoever deletes a piece means it."""
    card = await made_by(owner)
    count = len(await owner.submits())
    await owner.slash("show", id=card["nonce"])
    copy = await owner.finished(after={card["id"]})
    await owner.press(copy, "Delete")
    await gone(owner, card)
    await gone(owner, copy)

    async def unlisted() -> bool | None:
        found = await owner.suggestions("remix", "source", card["nonce"])
        return not found or None

    await until(unlisted, "the end of its entry")
    for command, options in (("remix", {"source": card["nonce"]}), ("show", {"id": card["nonce"]})):
        seen = {one["id"] for one in await owner.messages()}
        wish = {"prompt": "darker"} if command == "remix" else {}
        await owner.slash(command, **options, **wish)
        assert "deleted" in await owner.told(after=seen)
    assert len(await owner.submits()) == count


@shared
async def test_another_format_comes_to_whoever_asked_and_to_nobody_else(owner: Member) -> None:
    """For nothing, in each kind of file, and as the model made it."""
    guest = await owner.join("guest")
    card = await made_by(owner)
    count = len(await owner.submits())
    for wanted, is_kind in (
        ("mp3", "MP3"),
        ("ogg", "OGG"),
        ("flac", "FLAC"),
        ("wav", "WAV"),
        ("original", "WAV"),
    ):
        seen = {one["id"] for one in await guest.messages()}
        opened = await guest.press(card, "Format")
        await guest.choose(opened, format=wanted)
        sent = await got_file(guest, seen)
        assert sent["flags"] & 64
        data = await guest.download(sent["attachments"][0])
        info = soundfile.info(io.BytesIO(data))
        assert (wanted, info.format) == (wanted, is_kind)
        assert abs(info.duration - 6) < 0.1

    assert [one["id"] for one in await owner.messages()] == [card["id"]]
    assert len(await owner.submits()) == count


async def got_file(member: Member, seen: set[str]) -> Message:
    """Wait for a file that only this member sees."""

    async def look() -> Message | None:
        return next(
            (
                one
                for one in await member.messages()
                if one["id"] not in seen and one["attachments"]
            ),
            None,
        )

    return await until(look, "a file")


@shared
async def test_cancel_is_not_for_others(owner: Member) -> None:
    """They are told so, and the piece goes on; a moderator may."""
    maker, stranger = await owner.join("maker"), await owner.join("stranger")
    moderator = await owner.join("moderator", "manage_messages")
    await owner.send("POST", "/control/fal", {"queue_seconds": 60})
    await maker.slash("music", **PIECE)
    card = await owner.card(lambda one: "model's queue" in text_of(one), "a queued card")

    await stranger.press(card, "Cancel")
    assert "Only the member who asked for this" in await stranger.told()
    assert "Cancel" not in text_of(await owner.card(bool, "the card"))

    await moderator.press(card, "Cancel")
    ended = await owner.card(lambda one: "Cancelled" in text_of(one), "a cancelled card")
    assert "Not charged" in text_of(ended)


async def test_all_buttons_and_open_forms_work_after_a_power_cut(
    member: Member, bot: Bot, sandbox: Sandbox
) -> None:
    """They are of a process that is dead."""
    card = await made_by(member)
    forms = {label: await member.press(card, label) for label in FORMS}
    for opened in forms.values():
        assert await member.form_opened(opened)
    await member.cut_power(bot)

    for label in FORMS:
        assert await member.form_opened(await member.press(card, label)), label
    edited = prefilled(sandbox, forms["Edit"]) | {"prompt": "edited", "more": ""}
    await member.fill(forms["Edit"], **edited)
    await member.fill(forms["Remix"], wish="remixed")
    await member.fill(forms["Extend"], after="10", before="", prompt="")
    await member.press(card, "Stems")
    await member.press(card, "Again")
    await member.choose(forms["Format"], format="wav")
    await got_file(member, set())

    titles = {"edited", "remixed", "extended", "stems", "march"}

    async def all_made() -> list[Message] | None:
        made = [one for one in await member.cards() if audio_of(one) and one["id"] != card["id"]]
        return made if len(made) == len(titles) else None

    made = await until(all_made, "five more cards")
    for title in titles:
        assert any(title in text_of(one) for one in made), title
    assert sorted(len(audio_of(one)) for one in made) == [1, 1, 1, 1, 6]
    await member.press(card, "Delete")
    await gone(member, card)


async def test_cancel_works_after_a_power_cut(member: Member, bot: Bot) -> None:
    """A piece in fal's queue belongs to nobody's memory."""
    await member.send("POST", "/control/fal", {"queue_seconds": 60})
    await member.slash("music", **PIECE)
    card = await member.card(lambda one: "model's queue" in text_of(one), "a queued card")
    await member.cut_power(bot)

    await member.press(card, "Cancel")

    ended = await member.card(lambda one: "Cancelled" in text_of(one), "a cancelled card")
    assert "Not charged" in text_of(ended)


async def test_a_double_click_on_again_is_one_new_piece(member: Member) -> None:
    """Two presses within a moment are two interactions, and were meant as one."""
    await member.slash("music", prompt="just once more", duration=10)
    card = await member.finished()

    await member.press(card, "Again")
    await member.press(card, "Again")
    await member.card(lambda one: one["id"] != card["id"] and bool(audio_of(one)), "a second")

    assert len(await member.submits()) == 2
    assert len(await member.cards()) == 2
