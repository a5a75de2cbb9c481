"""Making something new of a sound, by every way that leads there."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
import pytest_asyncio
import soundfile

from sandbox.discord.posting import Origin, Posting
from tests.e2e.rig import Bot, House, Member, Message, audio_of, text_of, tone

pytestmark = pytest.mark.e2e

shared = pytest.mark.asyncio(loop_scope="module")

ACE = "fal-ai/ace-step"
LYRICS = "[verse]\nThe kettle sings upon the stove\n[chorus]\nCome in, come in\n"
SECONDS = 7
STAGES = 4
WISH = "darker — with *strings*, 84 bpm"


def seconds_of(data: bytes) -> float:
    """How long a recording is."""
    samples, rate = soundfile.read(io.BytesIO(data))
    return float(len(samples) / rate)


async def ask(member: Member) -> None:
    """Ask for a song to work on."""
    words = ("words.txt", LYRICS.encode())
    await member.slash(
        "song", style="kitchen waltz", seed=1234, duration=SECONDS, model=ACE, lyrics=words
    )


async def compose(member: Member) -> Message:
    """Make a song to work on."""
    await ask(member)
    return await member.finished()


async def sources_in_storage(member: Member, submit: dict[str, Any]) -> bytes:
    """Give the sound that a request points at, which must lie in fal's own storage."""
    url = str(submit["arguments"]["audio_url"])
    uploads = {one["url"] for one in (await member.get("/control/fal"))["uploads"]}
    assert url in uploads
    assert "/cdn/" not in json.dumps(submit["arguments"])
    return await member.download({"url": url})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages(house: House) -> Iterator[Message]:
    """The same song in several channels, in turns: Discord takes five edits in as many seconds."""
    owner = house.owner
    channels, songs = [], []
    for number in range(STAGES):
        channels.append(await owner.new_channel(f"stage-{number}"))
        await ask(owner)
    for owner.channel_id in channels:
        songs.append(await owner.finished())
    return cycle(songs)


@pytest.fixture
def song(stages: Iterator[Message]) -> Message:
    """A song for those who only look at it."""
    return next(stages)


@pytest.fixture
def owner(house: House, song: Message) -> Member:
    """Who owns the server, in the channel where the song stands."""
    house.owner.channel_id = song["channel_id"]
    return house.owner


async def done(member: Member, do: Callable[[], Awaitable[object]]) -> tuple[Message, Any]:
    """Do something, and give the new card with its audio, and the request that made it."""
    cards = {one["id"] for one in await member.cards()}
    count = len(await member.submits())
    await do()
    card = await member.finished(after=cards)
    (submit,) = (await member.submits())[count:]
    return card, submit


# -- ways to a remix of one of our pieces ------------------------------------------------------


async def by_reply(member: Member, song: Message) -> None:
    """Reply with the ping on."""
    await member.say(WISH, reply_to=song)


async def by_menu(member: Member, song: Message) -> None:
    """Choose Apps, Remix this."""
    await member.fill(await member.menu("Remix this", song), wish=WISH)


async def by_button(member: Member, song: Message) -> None:
    """Press Remix."""
    await member.fill(await member.press(song, "Remix"), wish=WISH)


async def by_id(member: Member, song: Message) -> None:
    """Paste its id."""
    await member.slash("remix", prompt=WISH, source=song["nonce"])


async def by_link(member: Member, song: Message) -> None:
    """Paste a link to its message."""
    link = f"https://discord.com/channels/{member.guild_id}/{song['channel_id']}/{song['id']}"
    await member.slash("remix", prompt=WISH, source=link)


async def by_list(member: Member, song: Message) -> None:
    """Pick it from the list."""
    found = await member.suggestions("remix", "source", "kitchen wal")
    (picked,) = [one["value"] for one in found if one["value"] == song["nonce"]]
    await member.slash("remix", prompt=WISH, source=picked)


async def by_press_after_a_silent_reply(member: Member, song: Message) -> None:
    """Reply with the ping off, and press what comes."""
    before = {one["id"] for one in await member.cards()}
    await member.say("these words are not shown to the bot", reply_to=song, ping=False)
    answer = await member.card(lambda one: one["id"] not in before, "an answer")
    assert "ping" in answer["content"]
    assert not answer["embeds"]
    await member.fill(await member.press(answer, "Remix"), wish=WISH)


OURS = (by_reply, by_menu, by_button, by_id, by_link, by_list, by_press_after_a_silent_reply)


@shared
@pytest.mark.parametrize("way", OURS)
async def test_a_piece_is_remixed_with_all_that_is_known_of_it(
    house: House,
    owner: Member,
    song: Message,
    way: Callable[[Member, Message], Awaitable[None]],
) -> None:
    """The words leave as they were typed, the sound from fal's storage, the past with them."""
    card, submit = await done(owner, lambda: way(owner, song))

    asked = submit["arguments"]
    assert submit["endpoint"] == "fal-ai/ace-step/audio-to-audio"
    assert asked["tags"] == WISH
    assert asked["original_tags"] == "kitchen waltz"
    assert asked["original_lyrics"] == asked["lyrics"] == LYRICS
    assert asked["original_seed"] == 1234
    assert abs(seconds_of(await sources_in_storage(owner, submit)) - SECONDS) < 0.1
    assert house.bot.job(card)["parent_id"] == int(song["nonce"])
    assert f"/{song['id']}" in text_of(card)


async def by_attachment(member: Member, data: bytes) -> None:
    """Attach it."""
    await member.slash("remix", prompt=WISH, audio=("mine.mp3", data))


async def by_menu_of_a_member(member: Member, data: bytes) -> None:
    """Post it, and choose Apps, Remix this."""
    message = await member.upload("listen to this", "mine.mp3", data)
    await member.fill(await member.menu("Remix this", message), wish=WISH)


@shared
@pytest.mark.parametrize("way", [by_attachment, by_menu_of_a_member])
async def test_a_members_own_file_is_remixed_from_fals_storage(
    house: House, owner: Member, way: Callable[[Member, bytes], Awaitable[None]]
) -> None:
    """Nothing is known of its past, so nothing is made up, and it has no parent."""
    card, submit = await done(owner, lambda: way(owner, tone(5)))

    assert submit["arguments"]["tags"] == WISH
    assert "original_lyrics" not in submit["arguments"]
    assert "original_seed" not in submit["arguments"]
    assert abs(seconds_of(await sources_in_storage(owner, submit)) - 5) < 0.1
    assert house.bot.job(card)["parent_id"] is None


# -- what else can be done to a sound ----------------------------------------------------------

REPLIES: dict[str, tuple[str, dict[str, object]]] = {
    "extend 30s": (f"{ACE}/audio-outpaint", {"extend_after_duration": 30, "lyrics": LYRICS}),
    "extend 10s before": (
        f"{ACE}/audio-outpaint",
        {"extend_before_duration": 10, "extend_after_duration": 0},
    ),
    "replace 0:02-0:05 with a drum fill": (
        f"{ACE}/audio-inpaint",
        {"start_time": 2, "end_time": 5, "tags": "a drum fill"},
    ),
    "lyrics: Farewell the stove\nfarewell the pane": (
        f"{ACE}/audio-to-audio",
        {
            "edit_mode": "lyrics",
            "lyrics": "Farewell the stove\nfarewell the pane",
            "original_lyrics": LYRICS,
        },
    ),
}


@shared
@pytest.mark.parametrize("words", REPLIES)
async def test_a_reply_says_what_to_do_in_a_few_words(
    house: House, owner: Member, song: Message, words: str
) -> None:
    """The small grammar reaches the model's fields, with the source in fal's storage."""
    endpoint, fields = REPLIES[words]

    card, submit = await done(owner, lambda: owner.say(words, reply_to=song))

    assert submit["endpoint"] == endpoint
    assert submit["arguments"] | fields == submit["arguments"]
    assert abs(seconds_of(await sources_in_storage(owner, submit)) - SECONDS) < 0.1
    assert house.bot.job(card)["parent_id"] == int(song["nonce"])


@shared
async def test_a_reply_of_again_makes_the_same_with_another_seed(
    owner: Member, song: Message
) -> None:
    """It is no remix: the request goes out once more."""
    _card, submit = await done(owner, lambda: owner.say("again", reply_to=song))

    assert submit["endpoint"] == ACE
    assert submit["arguments"]["lyrics"] == LYRICS
    assert submit["arguments"]["seed"] != 1234


@shared
async def test_applause_is_not_paid_for(owner: Member, song: Message) -> None:
    """Nor answered: what is wished for after it is the one thing that is made."""
    before = {one["id"] for one in await owner.messages()}
    for words in ("love it!", "👍", "thanks a lot"):
        await owner.say(words, reply_to=song)

    _card, submit = await done(owner, lambda: owner.say("darker", reply_to=song))

    assert submit["arguments"]["tags"] == "darker"
    said = [one for one in await owner.messages() if one["author"].get("bot")]
    told = [one["content"] for one in said if one["id"] not in before]
    assert not [words for words in told if "reply" in words or "words" in words], told


async def stems_by_reply(member: Member, song: Message) -> None:
    """Reply with a word."""
    await member.say("stems", reply_to=song)


async def stems_by_menu(member: Member, song: Message) -> None:
    """Choose Apps, Split into stems."""
    await member.menu("Split into stems", song)


async def stems_by_button(member: Member, song: Message) -> None:
    """Press Stems."""
    await member.press(song, "Stems")


async def stems_by_command(member: Member, song: Message) -> None:
    """Type the command."""
    await member.slash("stems", source=song["nonce"])


@shared
@pytest.mark.parametrize("way", [stems_by_reply, stems_by_menu, stems_by_button, stems_by_command])
async def test_a_piece_is_split_into_named_parts(
    house: House,
    owner: Member,
    song: Message,
    way: Callable[[Member, Message], Awaitable[None]],
) -> None:
    """One card with every part, each by its name."""
    card, submit = await done(owner, lambda: way(owner, song))

    names = {one["filename"] for one in audio_of(card)}
    for part in ("vocals", "drums", "bass", "guitar", "piano", "other"):
        assert any(part in name for name in names), part
    assert abs(seconds_of(await sources_in_storage(owner, submit)) - SECONDS) < 0.1
    assert house.bot.job(card)["parent_id"] == int(song["nonce"])


@shared
async def test_parts_that_are_shown_again_keep_their_names(house: House, owner: Member) -> None:
    """In their files, on the card, and where one is chosen."""
    file = ("a.wav", tone(4, kind="WAV"))
    card, _submit = await done(
        owner, lambda: owner.slash("stems", audio=file, stems="vocals drums")
    )
    assert "a (stems)" in text_of(card)
    cards = {one["id"] for one in await owner.cards()}
    await owner.slash("show", id=card["nonce"])

    shown = await owner.finished(after=cards)

    names = [one["filename"] for one in audio_of(shown)]
    assert ["vocals" in names[0], "drums" in names[1]] == [True, True]
    assert "Parts: vocals · drums" in text_of(shown)
    chosen = await owner.press(shown, "Format")
    assert await owner.form_opened(chosen)
    modal = house.sandbox.discord.world.directory.interactions[chosen].modal
    assert modal is not None
    menu = modal["components"][1]["component"]
    assert [one["label"] for one in menu["options"]] == ["vocals", "drums"]


@shared
async def test_a_form_on_several_results_asks_which(house: House, owner: Member) -> None:
    """What is chosen there is what goes out; a letter in the text goes before it."""
    cards = {one["id"] for one in await owner.cards()}
    await owner.slash(
        "music", prompt="two marches", variations=2, duration=6, model="beatoven/music-generation"
    )
    card = await owner.finished(after=cards)
    kept = house.bot.data_dir / "files"
    takes = [kept / str(take["id"]) for take in house.bot.takes(card)]
    marches = [next(take.iterdir()).read_bytes() for take in takes]
    assert len(set(marches)) == 2
    for label, texts, letter, meant in (
        ("Remix", {"wish": "darker"}, "B", 1),
        ("Remix", {"wish": "B: darker"}, "A", 1),
        ("Stems", {"stems": "vocals drums"}, "B", 1),
        ("Extend", {"after": "5", "before": "", "prompt": ""}, "A", 0),
    ):
        opened = await owner.press(card, label)
        assert await owner.form_opened(opened)

        async def hand_in(
            opened: str = opened, texts: dict[str, str] = texts, letter: str = letter
        ) -> None:
            await owner.fill(opened, letter=letter, **texts)

        _made, submit = await done(owner, hand_in)

        assert (label, await sources_in_storage(owner, submit)) == (label, marches[meant])


@shared
async def test_only_the_parts_that_were_named_are_made(owner: Member) -> None:
    """From a owner's own message as well."""
    card, submit = await done(
        owner,
        lambda: owner.slash("stems", audio=("a.wav", tone(4, kind="WAV")), stems="vocals drums"),
    )

    assert submit["arguments"]["stems"] == ["vocals", "drums"]
    assert len(audio_of(card)) == 2
    assert abs(seconds_of(await sources_in_storage(owner, submit)) - 4) < 0.1


@shared
async def test_the_extend_button_asks_how_much(owner: Member, song: Message) -> None:
    """Its form takes both sides and how it goes on."""

    async def extend() -> None:
        form = await owner.press(song, "Extend")
        await owner.fill(form, after="12", before="0", prompt="fading into rain")

    card, submit = await done(owner, extend)

    asked = submit["arguments"]
    assert asked["extend_after_duration"] == 12
    assert asked.get("extend_before_duration", 0) == 0
    assert asked["tags"] == "fading into rain"
    assert abs(seconds_of(await owner.download(audio_of(card)[0])) - SECONDS - 12) < 0.2


# -- what is not done --------------------------------------------------------------------------


@shared
@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("extend soon", "extend 30s"),
        ("replace the end with drums", "replace 0:10-0:20 with a drum fill"),
        ("replace 0:05-0:02 with drums", "0:02"),
        ("stems banjo", "stems vocals drums"),
        ("lyrics:", "lyrics: la la la"),
        ("replace 0:05-1:30 with drums", "0:07"),
    ],
)
async def test_a_reply_that_is_not_understood_is_answered_with_the_right_form(
    owner: Member, song: Message, words: str, form: str
) -> None:
    """As a reply to it, and nothing is made."""
    seen = {one["id"] for one in await owner.cards()}
    count = len(await owner.submits())
    said = await owner.say(words, reply_to=song)

    answer = await owner.card(lambda one: one["id"] not in seen, "an answer")

    assert form in answer["content"]
    assert answer["message_reference"]["message_id"] == said["id"]
    assert not answer["mentions"]
    assert len(await owner.submits()) == count


@shared
async def test_what_is_said_to_others_is_left_alone(
    house: House, owner: Member, song: Message
) -> None:
    """No reply to people, none to other bots, none to what is no reply."""
    world = house.sandbox.discord.world
    channel = world.directory.channels[song["channel_id"]]
    robot = world.add_user("robot", bot=True)
    world.add_member(world.directory.guilds[owner.guild_id], robot.id)
    seen = {one["id"] for one in await owner.cards()}
    count = len(await owner.submits())

    words = await owner.say("I love it")
    await owner.say("extend 30s", reply_to=words)
    payload = {"content": "darker", "message_reference": {"message_id": song["id"]}}
    posting = Posting(world)
    echo = posting.compose(channel, payload, [], Origin(author_id=robot.id))
    posting.publish(echo)
    # A reply that is answered comes last, so that silence before it is silence.
    await owner.say("extend soon", reply_to=song)
    answer = await owner.card(
        lambda one: one["id"] not in seen | {echo.id}, "the answer to the last"
    )

    assert "extend 30s" in answer["content"]
    new = [one for one in await owner.cards() if one["id"] not in seen | {echo.id}]
    assert [one["id"] for one in new] == [answer["id"]]
    assert len(await owner.submits()) == count


@shared
async def test_a_reply_that_is_delivered_twice_is_one_job(owner: Member, song: Message) -> None:
    """Gateway events may come again."""

    async def reply() -> None:
        await owner.say("once and no more", reply_to=song)
        await owner.send("POST", "/control/gateway", {"action": "replay", "count": 2})

    card, _submit = await done(owner, reply)
    count = len(await owner.submits())
    await owner.send("POST", "/control/gateway", {"action": "replay", "count": 8})
    seen = {one["id"] for one in await owner.cards()}
    # What comes after the replayed events is answered after them.
    await owner.say("stems banjo", reply_to=song)
    await owner.card(lambda one: one["id"] not in seen, "an answer")

    made = [one["id"] for one in await owner.cards() if "once and no more" in text_of(one)]
    assert made == [card["id"]]
    assert count == len(await owner.submits())


HTML = b"<!DOCTYPE html><html><body>Not found</body></html>" * 20

REFUSED: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "too long for the model": (
        lambda: {
            "audio": ("long.wav", tone(250, rate=8000, kind="WAV")),
            "model": f"{ACE}/audio-to-audio",
        },
        "1 to 240 s",
    ),
    "too long for all, and 30 MB": (
        lambda: {"audio": ("half-an-hour.wav", tone(1900, rate=8000, kind="WAV"))},
        "Use something shorter",
    ),
    "30 MB of nothing": (lambda: {"audio": ("song.mp3", bytes(30 << 20))}, "not an audio file"),
    "a page of HTML": (lambda: {"audio": ("song.mp3", HTML)}, "not an audio file"),
    "an empty file": (lambda: {"audio": ("song.mp3", b"")}, "is empty"),
    "the head of a file": (lambda: {"audio": ("song.mp3", tone(5)[:60])}, "audio file|damaged"),
    "a file and a piece": (lambda: {"audio": ("a.mp3", tone(3)), "source": "1"}, "either source"),
    "no sound": (dict, "Say what to work on"),
    "no such piece": (lambda: {"source": "123456789012345678"}, "no such piece"),
    "words": (lambda: {"source": "that nice waltz"}, "do not know that piece"),
    "a link to a file": (
        lambda: {"source": "https://example.com/a.mp3"},
        "not a link to a message",
    ),
}


@shared
async def test_what_cannot_be_worked_on_is_refused_in_a_sentence(owner: Member) -> None:
    """Nothing is uploaded to fal, and nothing asked of it."""
    tier = {"premium_tier": 2}
    await owner.send("PATCH", f"/control/guilds/{owner.guild_id}", tier)
    before = await owner.get("/control/fal")
    wrong = {}
    for name, (options, expected) in REFUSED.items():
        seen = {one["id"] for one in await owner.messages()}
        await owner.slash("remix", prompt="darker", **options())
        told = await owner.told(after=seen)
        if not re.search(expected, told) or re.search(r"[{}]|Error|incident", told):
            wrong[name] = told

    assert not wrong
    after = await owner.get("/control/fal")
    assert len(after["submits"]) == len(before["submits"])
    assert len(after["uploads"]) == len(before["uploads"])


@shared
async def test_a_message_without_a_sound_is_not_worked_on(owner: Member) -> None:
    """The menu is there on every message."""
    words = await owner.say("la la la")
    text = await owner.upload("", "words.txt", b"la la la")
    for message in (words, text):
        for entry in ("Remix this", "Split into stems"):
            seen = {one["id"] for one in await owner.messages()}
            await owner.menu(entry, message)
            assert "carries no sound" in await owner.told(after=seen)


@shared
async def test_pieces_stay_on_their_server(owner: Member, song: Message) -> None:
    """Neither by id nor by link nor in the list are they known on another one."""
    elsewhere = await owner.found_server("The Rival Inn")
    count = len(await owner.submits())
    link = f"https://discord.com/channels/{owner.guild_id}/{song['channel_id']}/{song['id']}"
    forged = link.replace(owner.guild_id, elsewhere.guild_id)

    for source in (song["nonce"], link, forged, song["id"]):
        for command in ("remix", "stems"):
            seen = {one["id"] for one in await elsewhere.messages()}
            wish = {"prompt": "darker"} if command == "remix" else {}
            await elsewhere.slash(command, source=source, **wish)
            assert re.search("server", await elsewhere.told(after=seen))

    assert await elsewhere.suggestions("remix", "source", "") == []
    assert await elsewhere.cards() == []
    assert len(await owner.submits()) == count


# -- over time: restarts, aged links, lost files -----------------------------------------------


@pytest.mark.timeout(300)
async def test_three_generations_outlive_power_cuts_aged_links_and_lost_files(
    member: Member, bot: Bot
) -> None:
    """From the shelf after a restart, and from the card, whose links aged, without a shelf."""
    first = await compose(member)
    await member.cut_power(bot)

    second, submit = await done(member, lambda: member.say("with bells", reply_to=first))
    assert abs(seconds_of(await sources_in_storage(member, submit)) - SECONDS) < 0.1

    await member.send("POST", "/control/clock", {"advance_seconds": 3 * 86400})
    await member.cut_power(bot)
    third, submit = await done(member, lambda: member.say("with drums", reply_to=second))
    assert abs(seconds_of(await sources_in_storage(member, submit)) - SECONDS) < 0.1

    shutil.rmtree(bot.data_dir / "files")
    await member.send("POST", "/control/clock", {"advance_seconds": 3 * 86400})
    fourth, submit = await done(
        member, lambda: member.slash("remix", prompt="at night", source=third["nonce"])
    )
    sent = await sources_in_storage(member, submit)
    on_card = next(one for one in await member.cards() if one["id"] == third["id"])
    assert sent == await member.download(audio_of(on_card)[0])

    line = [bot.job(one)["parent_id"] for one in (first, second, third, fourth)]
    assert line == [None, *(int(one["nonce"]) for one in (first, second, third))]
    for parent, child in ((first, second), (second, third), (third, fourth)):
        assert f"/{parent['id']}" in text_of(child)
    asked = submit["arguments"]
    assert (asked["original_tags"], asked["original_lyrics"]) == ("with drums", LYRICS)


async def test_a_piece_of_which_nothing_is_left_says_so(member: Member, bot: Bot) -> None:
    """No file, no card, and fal has deleted its own: a sentence, and nothing is asked."""
    first = await compose(member)
    shutil.rmtree(bot.data_dir / "files")
    await member.send("DELETE", f"/client/channels/{first['channel_id']}/messages/{first['id']}")
    await member.fault("fal.file", "status", status=404, times=None)

    await member.slash("remix", prompt="darker", source=first["nonce"])

    assert "gone" in await member.told()
    assert len(await member.submits()) == 1
