"""A source is had from wherever it still is, looked at, and put where the model can read it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import discord.http
import pytest

from bot.audio.fit import Probe
from bot.audio.sniff import Sniffed, sniff
from bot.audio.workshop import Workshop
from bot.catalogue import Mode, Original, all_models, find
from bot.domain.ids import ChannelId, GuildId, JobId, MessageId
from bot.domain.job import Job, Kind, State
from bot.errors import (
    AudioError,
    ChannelGone,
    DiscordUnavailable,
    InvalidInput,
    MessageGone,
    MissingPermissions,
    NotFound,
    UserError,
)
from bot.jobs.attached import plain_name
from bot.jobs.delivery import MessageAttachments
from bot.jobs.links import MessageRef, Pointer
from bot.jobs.material import AttachedFile, Source, check, suits
from bot.jobs.originals import carried_over
from bot.store import jobs
from tests.jobs.quarry import CHANNEL, GUILD, LYRICS, Quarry, open_quarry
from tests.sandbox.discord.conftest import open_town
from tests.sandbox.discord.town import Town

MINIMAX = find("fal-ai/minimax-music")
REMIX = find("fal-ai/ace-step/audio-to-audio")
DEMUCS = find("fal-ai/demucs")


@pytest.fixture
async def quarry(migrated: Path, tmp_path: Path) -> AsyncIterator[Quarry]:
    """Sources to draw from; nothing may be left of them when the test is over."""
    async with Workshop(at_once=2) as shop, open_quarry(migrated, tmp_path, shop) as opened:
        yield opened
        assert opened.left() == []


def card(job: Job) -> MessageId:
    """The message that shows a job."""
    assert job.card_id is not None
    return job.card_id


# --- Pieces of our own -----------------------------------------------------------------------


async def test_a_kept_file_is_taken_before_anything_is_fetched(quarry: Quarry) -> None:
    """With all that is known of it; its copy is gone afterwards, the kept file is not."""
    wav = quarry.sound()
    job = await quarry.job(files=[wav], output=quarry.made("gone.wav"))

    async with quarry.sources.of_job(job) as source:
        content, path = source.path.read_bytes(), source.path

    assert content == wav.read_bytes()
    assert (source.seconds, source.content_type, source.prompt) == (2.0, "audio/wav", "soft rain")
    assert source.file_name.startswith("soft-rain-")
    assert source.file_name.endswith(".wav")
    assert (source.parent, source.letter) == (job, None)
    assert source.original == Original(tags="soft rain", lyrics=LYRICS, seed=7)
    assert not path.exists()
    assert quarry.shelf.path(job.files[0]).exists()
    assert (quarry.cdn.fetched, quarry.messages.asked) == ([], [])


async def test_a_swept_file_is_fetched_from_the_card_by_a_fresh_link(quarry: Quarry) -> None:
    """However old the card is: the message is asked for the link that is good now."""
    mp3 = quarry.sound("card.mp3")
    quarry.cdn.put("card.mp3", mp3)
    job = await quarry.job(files=[quarry.sound()], output=quarry.made("gone.wav"))
    quarry.shelf.remove(job.id)
    quarry.messages.files[card(job)] = [("waveform.png", "image/png"), ("card.mp3", None)]
    quarry.cdn.expire()

    async with quarry.sources.of_job(job) as source:
        assert source.path.read_bytes() == mp3.read_bytes()
        assert source.probe.format == "mp3"
    assert quarry.cdn.fetched == ["card.mp3"]


async def test_a_card_that_is_gone_leaves_its_copies(quarry: Quarry) -> None:
    """What was posted again is asked next."""
    wav = quarry.sound()
    quarry.cdn.put("song.wav", wav)
    job = await quarry.job(output=quarry.made("gone.wav"))
    copy = MessageId(42)
    await quarry.db.write(jobs.add_message, job.id, copy, CHANNEL)
    quarry.messages.files[copy] = [("song.wav", "audio/wav")]

    async with quarry.sources.of_job(job) as source:
        assert source.seconds == 2.0
    assert [message for message, _ in quarry.messages.asked] == [card(job), copy]


async def test_without_shelf_and_card_the_maker_is_asked(quarry: Quarry) -> None:
    """Its result stays for a week or so."""
    quarry.cdn.put("made.wav", quarry.sound())
    job = await quarry.job(output=quarry.made("made.wav"))

    async with quarry.sources.of_job(job) as source:
        assert source.seconds == 2.0


@pytest.mark.parametrize("damage", [b"<html>no</html>", b"RIFF\x10\x00\x00\x00WAVEfmt ", b""])
async def test_a_file_that_is_no_good_is_looked_for_elsewhere(
    quarry: Quarry, damage: bytes
) -> None:
    """A kept file may have been damaged; the card's is as good."""
    wav = quarry.sound()
    quarry.cdn.put("song.wav", wav)
    job = await quarry.job(files=[wav], output=quarry.made("gone.wav"))
    kept = quarry.shelf.path(job.files[0])
    kept.unlink()
    kept.write_bytes(damage)
    quarry.messages.files[card(job)] = [("song.wav", "audio/wav")]

    async with quarry.sources.of_job(job) as source:
        assert source.path.read_bytes() == wav.read_bytes()


async def test_what_is_nowhere_any_more_is_said_with_a_way_out(quarry: Quarry) -> None:
    """Again, or the member's own copy."""
    job = await quarry.job(output=quarry.made("gone.wav"))

    with pytest.raises(NotFound, match=r"Use Again on its card.*attach the file if you saved it"):
        async with quarry.sources.of_job(job):
            pass


async def test_trouble_that_passes_is_not_called_the_end(quarry: Quarry) -> None:
    """While Discord or the maker is down, the file may still be there."""
    job = await quarry.job(output=quarry.made("gone.wav"))
    quarry.messages.faults.append(DiscordUnavailable("Discord is in trouble; try again."))
    with pytest.raises(DiscordUnavailable):
        async with quarry.sources.of_job(job):
            pass

    quarry.cdn.statuses.extend([503, 503])
    with pytest.raises(AudioError) as troubled:
        async with quarry.sources.of_job(job):
            pass
    assert (troubled.value.code, troubled.value.retryable) == ("unreachable", True)


@pytest.mark.parametrize(
    ("state", "why"),
    [(State.RUNNING, "not finished yet"), (State.FAILED, "Nothing came of this piece")],
)
async def test_a_piece_without_audio_says_why(quarry: Quarry, state: State, why: str) -> None:
    """Wait, or try again."""
    job = await quarry.job(state=state)

    with pytest.raises(NotFound, match=why):
        async with quarry.sources.of_job(job):
            pass


async def test_letters_choose_among_takes_and_files(quarry: Quarry) -> None:
    """A and B are one request's two songs, C came to nothing, D is a request of its own."""
    sounds = [quarry.sound(f"{name}.wav", seconds=1 + index) for index, name in enumerate("abd")]
    leader = await quarry.job(files=sounds[:2], output=quarry.made("a", "b"))
    await quarry.job(leader=leader, part=2, state=State.FAILED)
    last = await quarry.job(
        leader=leader, part=3, files=sounds[2:], output=quarry.made("d"), prompt="loud"
    )

    for letter, seconds in (("A", 1.0), ("b", 2.0), ("D", 3.0), (None, 1.0)):
        async with quarry.sources.of_job(leader, letter=letter) as source:
            assert (source.seconds, source.letter) == (seconds, (letter or "a").upper())
            assert source.parent_id == leader.id
    async with quarry.sources.of_job(last) as source:
        assert (source.seconds, source.letter, source.original.tags) == (3.0, "D", "loud")
    with pytest.raises(NotFound, match="no audio for C"):
        async with quarry.sources.of_job(leader, letter="C"):
            pass
    with pytest.raises(InvalidInput, match="A to D here, but no E"):
        async with quarry.sources.of_job(leader, letter="E"):
            pass


async def test_letters_find_their_file_on_the_card(quarry: Quarry) -> None:
    """Takes that came to nothing left no file there; a card of other files is not trusted."""
    quarry.cdn.put("1.wav", quarry.sound("1.wav", seconds=1))
    quarry.cdn.put("3.wav", quarry.sound("3.wav", seconds=3))
    leader = await quarry.job(output=quarry.made("gone"))
    await quarry.job(leader=leader, part=1, state=State.FAILED)
    await quarry.job(leader=leader, part=2, output=quarry.made("gone"))
    files = [("1.wav", "audio/wav"), ("3.wav", "audio/wav")]
    quarry.messages.files[card(leader)] = files

    async with quarry.sources.of_job(leader, letter="C") as source:
        assert source.seconds == 3.0
    quarry.messages.files[card(leader)] = [*files, ("1.wav", "audio/wav")]
    with pytest.raises(NotFound):
        async with quarry.sources.of_job(leader, letter="C"):
            pass


async def test_a_stem_is_named_after_its_part(quarry: Quarry) -> None:
    """Its style is that of what it was taken from, its words only if it sings."""
    song = await quarry.job(output=quarry.made("x"))
    wav = quarry.sound()
    stems = await quarry.job(
        model="fal-ai/demucs",
        kind=Kind.STEMS,
        prompt="soft rain",
        arguments={"audio_url": "https://x.example/y.mp3"},
        output={"vocals": {"url": "http://a.example/v"}, "drums": {"url": "http://a.example/d"}},
        files=[wav, quarry.sound("drums.wav")],
        parent=song,
    )

    async with quarry.sources.of_job(stems, letter="A") as vocals:
        assert "-vocals-" in vocals.file_name
        assert vocals.original == Original(tags="soft rain", lyrics=LYRICS)
    async with quarry.sources.of_job(stems, letter="B") as drums:
        assert drums.original == Original(tags="soft rain")


async def test_nothing_is_left_when_whoever_has_the_source_breaks(quarry: Quarry) -> None:
    """The fixture looks into the work folder; a cancelled command is the same."""
    job = await quarry.job(files=[quarry.sound()], output=quarry.made("x"))
    with pytest.raises(ZeroDivisionError):
        async with quarry.sources.of_job(job):
            _ = 1 / 0

    held = asyncio.Event()

    async def hold() -> None:
        async with quarry.sources.of_job(job):
            held.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await held.wait()
    assert len(quarry.left()) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# --- What members bring along ----------------------------------------------------------------


@pytest.mark.parametrize("ending", ["wav", "mp3", "ogg", "flac"])
async def test_an_attachment_is_what_its_content_is(quarry: Quarry, ending: str) -> None:
    """Whatever it is called and said to be."""
    path = quarry.sound(f"made.{ending}").rename(quarry.folder / "Mein Stück.m4a")
    file = quarry.attached(path, content_type="application/octet-stream")

    async with quarry.sources.of_attachment(file) as source:
        assert source.probe.format == ending
        assert source.file_name == f"Mein-Stuck.{ending}"
        assert source.seconds == pytest.approx(2, abs=0.1)
    assert (source.parent, source.parent_id, source.original) == (None, None, Original())


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"%PDF-1.7", InvalidInput, "“notes.pdf” is not an audio file that I know"),
        (b"<html></html>", InvalidInput, "is not an audio file that I know. Attach MP3, WAV"),
        (b"", InvalidInput, "“notes.pdf” is empty"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", InvalidInput, "“notes.pdf” is damaged"),
    ],
)
async def test_a_file_that_is_no_audio_is_refused(
    quarry: Quarry, content: bytes, kind: type[UserError], why: str
) -> None:
    """In words about the member's own file."""
    path = quarry.folder / "notes.pdf"
    path.write_bytes(content)

    with pytest.raises(kind, match=why):
        async with quarry.sources.of_attachment(quarry.attached(path)):
            pass


async def test_a_file_is_refused_for_its_size_before_it_is_fetched(quarry: Quarry) -> None:
    """A film likewise: its container would pass for audio."""
    huge = AttachedFile(url="http://x.example/a", file_name="a.wav", size=130 * 2**20)
    film = AttachedFile(
        url="http://x.example/a", file_name="a.mp4", size=9, content_type="video/mp4"
    )

    with pytest.raises(InvalidInput, match=r"“a.wav” has 130 MiB; I take up to 100 MiB"):
        async with quarry.sources.of_attachment(huge):
            pass
    with pytest.raises(InvalidInput, match=r"“a.mp4” is a video. Attach its sound alone"):
        async with quarry.sources.of_attachment(film):
            pass
    assert quarry.cdn.fetched == []


async def test_an_attachment_whose_link_ran_out_can_be_attached_again(quarry: Quarry) -> None:
    """It was not ours to keep."""
    file = quarry.attached(quarry.sound())
    quarry.cdn.expire()

    with pytest.raises(NotFound, match=r"“song.wav” is no longer there. Attach it again"):
        async with quarry.sources.of_attachment(file):
            pass


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Mein Stück (2).WAVE", "Mein-Stuck-2.mp3"),
        ("钢琴.wav", "audio.mp3"),
        ("a\\b/../c.wav", "c.mp3"),
        ("x" * 300, "x" * 50 + ".mp3"),
        ("..", "audio.mp3"),
        ("", "audio.mp3"),
    ],
)
def test_file_names_become_plain(told: str, name: str) -> None:
    """They go into headers and paths."""
    assert plain_name(told, "mp3") == name


# --- What a member points at -----------------------------------------------------------------


async def test_an_id_a_card_and_a_link_lead_to_the_piece(quarry: Quarry) -> None:
    """People copy the ids of messages as well."""
    job = await quarry.job(output=quarry.made("x"))
    link = MessageRef(channel_id=CHANNEL, message_id=card(job))

    for target in (job.id, JobId(card(job)), link):
        assert await quarry.sources.find(Pointer(target=target), GUILD) == job
    assert quarry.messages.asked == []


async def test_other_servers_pieces_are_not_found(quarry: Quarry) -> None:
    """By id and by link, although both exist."""
    job = await quarry.job(output=quarry.made("x"), guild=9)
    link = MessageRef(channel_id=CHANNEL, message_id=card(job))

    for target in (job.id, JobId(card(job)), link, JobId(77)):
        with pytest.raises(NotFound, match="no such piece on this server"):
            await quarry.sources.find(Pointer(target=target), GUILD)
    assert quarry.messages.asked == []


async def test_a_link_to_anybodys_message_leads_to_its_audio(quarry: Quarry) -> None:
    """The channel has to be of this server, which only the far end can tell."""
    quarry.messages.files[MessageId(5)] = [
        ("cover.png", "image/png"),
        ("one.ogg", "audio/ogg"),
        ("two.flac", None),
    ]
    link = MessageRef(channel_id=CHANNEL, message_id=MessageId(5))

    first = await quarry.sources.find(Pointer(target=link), GUILD)
    second = await quarry.sources.find(Pointer(target=link, letter="B"), GUILD)

    assert isinstance(first, AttachedFile)
    assert isinstance(second, AttachedFile)
    assert (first.file_name, second.file_name) == ("one.ogg", "two.flac")
    assert quarry.messages.asked == [(5, GUILD), (5, GUILD)]
    with pytest.raises(InvalidInput, match="no C"):
        await quarry.sources.find(Pointer(target=link, letter="C"), GUILD)


async def test_a_message_without_audio_or_that_is_gone_is_said_so(quarry: Quarry) -> None:
    """Discord does not show files of others' messages; the menu does."""
    quarry.messages.files[MessageId(5)] = []
    link = Pointer(target=MessageRef(channel_id=CHANNEL, message_id=MessageId(5)))
    gone = Pointer(target=MessageRef(channel_id=CHANNEL, message_id=MessageId(6)))

    with pytest.raises(NotFound, match="choose Apps, Remix this"):
        await quarry.sources.find(link, GUILD)
    with pytest.raises(NotFound, match="no such message on this server any more"):
        await quarry.sources.find(gone, GUILD)


# --- Whether a model takes it ----------------------------------------------------------------


def source_of(
    seconds: float | None, *, kind: str = "mp3", size: int = 1_000, parent: Job | None = None
) -> Source:
    """A source of which only the facts matter."""
    probe = Probe(format=kind, seconds=seconds, channels=2, sample_rate=44_100, size=size)
    return Source(
        path=Path("nowhere"),
        probe=probe,
        file_name=f"x.{kind}",
        content_type="audio/mpeg",
        parent=parent,
    )


@pytest.mark.parametrize("model", all_models(), ids=str)
def test_every_model_that_takes_a_source_says_which(model: type) -> None:
    """And no other does."""
    endpoint = find(model.about.endpoint)  # type: ignore[attr-defined]

    assert ("source_url" in endpoint.takes) == (endpoint.about.takes_audio is not None)


@pytest.mark.parametrize(
    "model", [model for model in all_models() if model.about.takes_audio], ids=str
)
def test_lengths_are_taken_up_to_both_ends(model: type) -> None:
    """Beyond them the sentence has the length, the range, and a model that can, if any."""
    endpoint = find(model.about.endpoint)  # type: ignore[attr-defined]
    takes = endpoint.about.takes_audio
    assert takes is not None
    kind, mode = next(iter(endpoint.about.serves)), next(iter(endpoint.about.modes), None)

    for seconds in (takes.min_seconds, takes.max_seconds, None):
        check(source_of(seconds), endpoint, kind=kind, mode=mode)
    for seconds in (takes.min_seconds - 0.1, takes.max_seconds + 0.1):
        with pytest.raises(InvalidInput, match=rf"has {seconds:g} s\. Use something"):
            check(source_of(seconds), endpoint, kind=kind, mode=mode)


def test_a_source_that_is_too_long_names_a_model_that_takes_it() -> None:
    """The way out is in the sentence."""
    with pytest.raises(InvalidInput) as refused:
        check(source_of(300), REMIX, kind=Kind.REMIX, mode=Mode.RESTYLE)

    assert refused.value.sentence == (
        "ACE-Step Remix works on audio of 1 to 240 s; “x.mp3” has 300 s. Use something shorter, "
        "or choose Stable Audio 3 Restyle, which takes 1 to 380 s."
    )


def test_kinds_that_cannot_be_converted_are_refused_by_models_that_do_not_read_them() -> None:
    """All others are converted, whatever their size."""
    assert suits(source_of(60, kind="flac", size=2**30), MINIMAX)
    assert suits(source_of(60, kind="m4a"), DEMUCS)
    with pytest.raises(InvalidInput, match=r"reads MP3 and WAV but not M4A.*Attach it as MP3"):
        check(source_of(60, kind="m4a"), MINIMAX, kind=Kind.SONG)
    with pytest.raises(InvalidInput, match="files up to 100 MiB; this one has 200 MiB"):
        check(source_of(60, kind="m4a", size=200 * 2**20), DEMUCS, kind=Kind.STEMS)


# --- Into the provider's storage -------------------------------------------------------------


async def test_a_vendor_is_handed_its_own_link_and_never_discords(quarry: Quarry) -> None:
    """What lies there is the source, byte for byte, under its name and type."""
    path = quarry.sound("mine.mp3")
    file = quarry.attached(path)

    async with quarry.sources.of_attachment(file) as source:
        url = await quarry.sources.upload(source, quarry.fal, model=REMIX)

    assert "/fal/files/" in url
    assert url.endswith("/mine.mp3")
    assert str(quarry.cdn.server.port) not in url
    assert await quarry.stored(url) == path.read_bytes()


@pytest.mark.parametrize(
    ("ending", "model", "becomes"),
    [
        ("ogg", MINIMAX, Sniffed.MP3),
        ("flac", MINIMAX, Sniffed.WAV),
        ("flac", REMIX, Sniffed.WAV),
        ("ogg", REMIX, Sniffed.OGG),
        ("wav", MINIMAX, Sniffed.WAV),
    ],
)
async def test_kinds_that_a_model_does_not_read_are_converted(
    quarry: Quarry, ending: str, model: type, becomes: Sniffed
) -> None:
    """Without loss where there was none."""
    file = quarry.attached(quarry.sound(f"mine.{ending}"))

    async with quarry.sources.of_attachment(file) as source:
        url = await quarry.sources.upload(source, quarry.fal, model=model)

    assert sniff(await quarry.stored(url)) is becomes
    assert url.endswith(f"/mine.{becomes.value}")


async def test_what_cannot_be_converted_is_not_uploaded(quarry: Quarry) -> None:
    """The sentence says what to attach instead."""
    path = quarry.folder / "voice.m4a"
    path.write_bytes(b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00" + bytes(600))

    async with quarry.sources.of_attachment(quarry.attached(path)) as source:
        assert (source.probe.format, source.seconds) == ("m4a", None)
        with pytest.raises(InvalidInput, match=r"cannot convert M4A.*Attach it as MP3"):
            await quarry.sources.upload(source, quarry.fal, model=MINIMAX)


# --- What is known of a piece ----------------------------------------------------------------


async def test_the_models_own_word_goes_before_what_it_was_sent(quarry: Quarry) -> None:
    """It may have changed the tags, written the lyrics, or drawn the seed itself."""
    told = {**quarry.made("x"), "tags": "soft, rain", "lyrics": "la", "seed": 99}
    sent = await quarry.job(output=quarry.made("x"))
    typed = await quarry.job(
        model="fal-ai/elevenlabs/music",
        arguments={"composition_plan": {}},
        options={"prompt": "a hymn", "lyrics": "glory"},
        output=quarry.made("x"),
    )
    tagged = await quarry.job(
        model="sonauto/v2/inpaint", arguments={"tags": ["a", "b"]}, output=quarry.made("x")
    )

    assert carried_over(await quarry.job(output=told)) == Original(
        tags="soft, rain", lyrics="la", seed=99
    )
    assert carried_over(sent) == Original(tags="soft rain", lyrics=LYRICS, seed=7)
    assert carried_over(typed) == Original(tags="a hymn", lyrics="glory")
    assert carried_over(tagged).tags == "a, b"


async def test_what_a_remix_was_told_of_its_source_is_not_forgotten(quarry: Quarry) -> None:
    """A model without a place for lyrics does not end their line; unknown models are read too."""
    remix = await quarry.job(
        model="fal-ai/stable-audio-3/medium/audio-to-audio",
        kind=Kind.REMIX,
        arguments={"prompt": "jazz", "seed": True},
        options={"original": {"tags": "rock", "lyrics": "la", "seed": 3}},
        output=quarry.made("x"),
    )
    unknown = await quarry.job(model="gone/model", options={"prompt": "old"}, arguments={})

    assert carried_over(remix) == Original(tags="jazz", lyrics="la")
    assert carried_over(unknown) == Original(tags="old")
    assert carried_over(unknown, [remix]) == Original(tags="old")


# --- On Discord ------------------------------------------------------------------------------


@asynccontextmanager
async def town_and_client() -> AsyncIterator[tuple[Town, discord.Client]]:
    """A small Discord, and a client that is logged in there but not listening."""
    async with open_town() as town:
        base = discord.http.Route.BASE
        discord.http.Route.BASE = f"{town.base}/api/v10"
        client = discord.Client(intents=discord.Intents.none())
        await client.login("a-token")
        try:
            yield town, client
        finally:
            await client.close()
            discord.http.Route.BASE = base


async def test_links_to_files_are_asked_of_discord_anew(quarry: Quarry) -> None:
    """After a day the old link is dead; the one that is given then is not."""
    async with town_and_client() as (town, client):
        attachments = MessageAttachments(client)
        wav = quarry.sound().read_bytes()
        route = f"POST /channels/{town.channel}/messages"
        _, message = await town.api(route, {}, song__wav=wav)
        channel, posted = ChannelId(int(town.channel)), MessageId(int(message["id"]))
        await town.post("/control/clock", {"advance_seconds": 24 * 3600 + 1})

        (file,) = await attachments.attachments_of(channel, posted, within=GuildId(int(town.guild)))

        assert (file.file_name, file.size, file.is_audio) == ("song.wav", len(wav), True)
        assert file.url != message["attachments"][0]["url"]
        async with quarry.sources.of_attachment(file) as source:
            assert source.path.read_bytes() == wav


async def test_what_discord_does_not_show_is_said_in_its_own_words(quarry: Quarry) -> None:
    """Another server's channel, a message that is gone, a channel that may not be read."""
    del quarry
    async with town_and_client() as (town, client):
        attachments = MessageAttachments(client)
        channel = ChannelId(int(town.channel))
        _, message = await town.api(f"POST /channels/{channel}/messages", {"content": "hi"})

        with pytest.raises(ChannelGone, match="not on this server"):
            await attachments.attachments_of(channel, MessageId(int(message["id"])), within=GUILD)
        with pytest.raises(MessageGone):
            await attachments.attachments_of(channel, MessageId(1))
        await town.post(
            f"/control/channels/{channel}/permissions",
            {"deny": ["read_message_history"]},
            method="PUT",
        )
        with pytest.raises(MissingPermissions, match='"Read Message History"'):
            await attachments.attachments_of(channel, MessageId(int(message["id"])))
