"""A wish and a source become the exact request that leaves, or a sentence before anything does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.audio.fit import Probe
from bot.audio.workshop import Workshop
from bot.catalogue import (
    Ask,
    Endpoint,
    Market,
    Mode,
    Order,
    Original,
    all_models,
    default,
    find,
    prepare,
)
from bot.domain.job import Json, Kind
from bot.errors import InvalidInput, NotFound
from bot.jobs.asks import ask_of, headline, read, typed
from bot.jobs.material import Source
from bot.jobs.remixing import (
    Change,
    Remixer,
    RemixOptions,
    StemsOptions,
    choose,
    draft,
    rehearse,
)
from bot.jobs.replies import Extend, Lyrics, Replace, Restyle, Stems, parse
from bot.jobs.reworks import which
from bot.providers.base import Provider
from tests.jobs.quarry import ACE, LYRICS, Quarry, open_quarry

URL = "https://v3.fal.media/files/source.mp3"
WORDS = "[verse]\nsnow on the hill"
KNOWN = Original(tags="soft rock", lyrics=LYRICS, seed=7)


def source(seconds: float | None = 60, *, original: Original = KNOWN, kind: str = "mp3") -> Source:
    """A source of which only the facts matter."""
    probe = Probe(format=kind, seconds=seconds, channels=2, sample_rate=44_100, size=1_000)
    return Source(
        path=Path("nowhere"),
        probe=probe,
        file_name=f"song.{kind}",
        content_type="audio/mpeg",
        original=original,
    )


def order(change: Change, given: Source | None = None, *, market: Market | None = None) -> Order:
    """Give the order that a wish comes to, with its source in place."""
    news = market or Market()
    given = given or source()
    ask = choose(draft(change, given), given, market=news)
    return prepare(replace(ask, source_url=URL), random=Random(1), market=news)


def leaves(change: Change, given: Source | None = None) -> dict[str, Json]:
    """Give the JSON that would leave, but for the seed that was drawn."""
    made = dict(order(change, given).arguments)
    if find(order(change, given).model).takes.get("seed"):
        assert isinstance(made.pop("seed"), int)
    return {"model": order(change, given).model, **made}


def refusal(change: Change, given: Source | None = None) -> str:
    """Give the sentence with which a wish is refused."""
    with pytest.raises(InvalidInput) as refused:
        rehearse(choose(draft(change, given or source()), given or source()))
    return refused.value.sentence


# --- What leaves -----------------------------------------------------------------------------

NOVAKIT = "novakit/fal-ai/stable-audio"
SA25 = "fal-ai/stable-audio-25"
SA3 = "fal-ai/stable-audio-3/medium"

EACH: list[tuple[str, Change, dict[str, Json]]] = [
    (
        "restyle at NovaKit, whose own length would be 30 seconds",
        RemixOptions(model=f"{NOVAKIT}-25/text-to-audio", prompt="techno"),
        {
            "model": f"{NOVAKIT}-25/text-to-audio",
            "source_audio": URL,
            "prompt": "techno",
            "mode": "audio_to_audio",
            "duration_seconds": 60,
        },
    ),
    (
        "restyle by reply",
        Restyle(prompt="dark  techno"),
        {
            "model": f"{ACE}/audio-to-audio",
            "audio_url": URL,
            "tags": "dark  techno",
            "lyrics": LYRICS,
            "original_tags": "soft rock",
            "original_lyrics": LYRICS,
            "original_seed": 7,
        },
    ),
    (
        "lyrics by reply",
        Lyrics(text=WORDS),
        {
            "model": f"{ACE}/audio-to-audio",
            "audio_url": URL,
            "edit_mode": "lyrics",
            "tags": "soft rock",
            "lyrics": WORDS,
            "original_tags": "soft rock",
            "original_lyrics": LYRICS,
            "original_seed": 7,
        },
    ),
    (
        "extend by reply",
        Extend(after=20),
        {
            "model": f"{ACE}/audio-outpaint",
            "audio_url": URL,
            "tags": "soft rock",
            "lyrics": LYRICS,
            "extend_after_duration": 20,
        },
    ),
    (
        "extend the beginning by reply",
        Extend(before=12.5, prompt="a slow intro"),
        {
            "model": f"{ACE}/audio-outpaint",
            "audio_url": URL,
            "tags": "a slow intro",
            "lyrics": LYRICS,
            "extend_before_duration": 12.5,
            "extend_after_duration": 0,
        },
    ),
    (
        "replace by reply",
        Replace(start=10, end=20, prompt="a drum fill"),
        {
            "model": f"{ACE}/audio-inpaint",
            "audio_url": URL,
            "tags": "a drum fill",
            "lyrics": LYRICS,
            "start_time": 10,
            "end_time": 20,
        },
    ),
    (
        "replace up to the end by reply",
        Replace(start=50),
        {
            "model": f"{ACE}/audio-inpaint",
            "audio_url": URL,
            "tags": "soft rock",
            "lyrics": LYRICS,
            "start_time": 50,
            "end_time": 60,
        },
    ),
    ("stems by reply", Stems(), {"model": "fal-ai/demucs", "audio_url": URL}),
    (
        "some stems by reply",
        Stems(names=("vocals", "bass")),
        {"model": "fal-ai/demucs", "audio_url": URL, "stems": ["vocals", "bass"]},
    ),
    (
        "stems with further settings",
        StemsOptions(names=("drums",), advanced="shifts=3", model="Demucs"),
        {"model": "fal-ai/demucs", "audio_url": URL, "stems": ["drums"], "shifts": 3},
    ),
    (
        "Stable Audio 2.5 restyle",
        RemixOptions(model=f"{SA25}/audio-to-audio", prompt="techno", strength=0.4),
        {
            "model": f"{SA25}/audio-to-audio",
            "audio_url": URL,
            "prompt": "techno",
            "strength": 0.4,
        },
    ),
    (
        "Stable Audio 2.5 inpaint",
        RemixOptions(model=f"{SA25}/inpaint", start=10, end=20),
        {
            "model": f"{SA25}/inpaint",
            "audio_url": URL,
            "prompt": "soft rock",
            "seconds_total": 60,
            "mask_start": 10,
            "mask_end": 20,
        },
    ),
    (
        "Stable Audio 3 restyle",
        RemixOptions(model=f"{SA3}/audio-to-audio", prompt="techno", strength=0.4),
        {
            "model": f"{SA3}/audio-to-audio",
            "audio_url": URL,
            "prompt": "techno",
            "init_noise_level": 0.4,
        },
    ),
    (
        "Stable Audio 3 inpaint",
        RemixOptions(model=f"{SA3}/audio-inpainting", start=10.5, end=20),
        {
            "model": f"{SA3}/audio-inpainting",
            "audio_url": URL,
            "prompt": "soft rock",
            "mask_start_seconds": 10.5,
            "mask_end_seconds": 20,
        },
    ),
    (
        "Stable Audio 3 outpaint",
        RemixOptions(model=f"{SA3}/audio-outpainting", before=5, after=10),
        {
            "model": f"{SA3}/audio-outpainting",
            "audio_url": URL,
            "prompt": "soft rock",
            "extend_seconds_before": 5,
            "extend_seconds_after": 10,
        },
    ),
    (
        "Sonauto extend",
        RemixOptions(model="sonauto/v2/extend", before=20),
        {
            "model": "sonauto/v2/extend",
            "audio_url": URL,
            "prompt": "soft rock",
            "lyrics_prompt": LYRICS,
            "side": "left",
            "extend_duration": 20,
        },
    ),
    (
        "Sonauto inpaint",
        RemixOptions(model="sonauto/v2/inpaint", start=10, end=20),
        {
            "model": "sonauto/v2/inpaint",
            "audio_url": URL,
            "tags": ["soft rock"],
            "lyrics_prompt": LYRICS,
            "sections": [{"start": 10, "end": 20}],
        },
    ),
    (
        "MiniMax with a reference",
        RemixOptions(model="fal-ai/minimax-music", lyrics=WORDS),
        {"model": "fal-ai/minimax-music", "reference_audio_url": URL, "prompt": WORDS},
    ),
    (
        "ACE-Step with new words and a new style",
        RemixOptions(prompt="techno", lyrics=WORDS),
        {
            "model": f"{ACE}/audio-to-audio",
            "audio_url": URL,
            "tags": "techno",
            "lyrics": WORDS,
            "original_tags": "soft rock",
            "original_lyrics": LYRICS,
            "original_seed": 7,
        },
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [each[1:] for each in EACH], ids=[each[0] for each in EACH]
)
def test_exactly_this_leaves(change: Change, expected: dict[str, Json]) -> None:
    """Field by field; what nobody set and nothing carries over is left out."""
    assert leaves(change) == expected


def test_a_model_that_takes_short_sources_alone() -> None:
    """Its length is rounded up, and one that was given is kept."""
    restyle = RemixOptions(model=NOVAKIT, prompt="techno")
    shorter = RemixOptions(model=NOVAKIT, prompt="techno", advanced="duration_seconds=20")

    assert leaves(restyle, source(40.2)) == {
        "model": NOVAKIT,
        "source_audio": URL,
        "prompt": "techno",
        "mode": "audio_to_audio",
        "duration_seconds": 41,
    }
    assert leaves(shorter, source(40.2))["duration_seconds"] == 20
    assert "has 60 s" in refusal(restyle)


def test_every_model_that_works_on_audio_is_proved_here() -> None:
    """A new one has to be added above."""
    proved = {NOVAKIT, *(expected["model"] for _, _, expected in EACH)}
    kinds = {Kind.REMIX, Kind.STEMS}

    assert proved == {
        model.about.endpoint for model in all_models() if kinds & set(model.about.serves)
    }


def test_the_sources_length_and_seed_are_not_taken_for_the_members_own() -> None:
    """A new seed is drawn, and a model keeps the length by itself."""
    ask = draft(Restyle(prompt="techno"), source())

    assert (ask.seed, ask.duration, ask.source_seconds) == (None, None, 60)
    assert order(Restyle(prompt="techno")).arguments["seed"] != 7
    assert order(RemixOptions(prompt="techno", seed=7)).arguments["seed"] == 7
    assert order(Extend(after=20)).seconds == 80


def test_a_source_that_nobody_described_needs_words_where_the_model_does() -> None:
    """Except for new lyrics, which keep the style whatever it is."""
    brought = source(original=Original())

    assert leaves(Lyrics(text=WORDS), brought)["tags"] == "music"
    assert "The prompt is missing" in refusal(Extend(after=20), brought)
    assert leaves(Extend(after=20, prompt="folk"), brought) == {
        "model": f"{ACE}/audio-outpaint",
        "audio_url": URL,
        "tags": "folk",
        "extend_after_duration": 20,
    }


def test_a_piece_without_a_voice_stays_without() -> None:
    """Whatever the next model's sign for it is."""
    quiet = source(original=Original(tags="rock", lyrics="[inst]"))

    assert leaves(Extend(after=20), quiet)["lyrics"] == "[inst]"
    sonauto = RemixOptions(model="sonauto/v2/inpaint", start=1, end=9)
    assert leaves(sonauto, quiet)["lyrics_prompt"] == ""


# --- Which model -----------------------------------------------------------------------------


def test_a_source_too_long_for_the_default_goes_to_the_next_that_takes_it() -> None:
    """Unless somebody chose; then the sentence names it."""
    long = source(300)

    assert order(Restyle(prompt="x"), long).model == f"{SA3}/audio-to-audio"
    assert order(Extend(after=9), long).model == f"{SA3}/audio-outpainting"
    assert choose(draft(Restyle(prompt="x"), source()), source()).model is None
    assert "choose Stable Audio 3 Restyle" in refusal(
        RemixOptions(prompt="x", model="ACE-Step Remix"), long
    )
    assert "works on audio of 1 to 240 s" in refusal(Restyle(prompt="x"), source(800))
    assert "has 0.4 s. Use something longer" in refusal(Restyle(prompt="x"), source(0.4))


def test_models_that_are_gone_are_not_chosen() -> None:
    """The market's word counts."""
    gone = Market(gone=frozenset({f"{ACE}/audio-to-audio"}))

    assert order(Restyle(prompt="x"), market=gone).model == f"{SA3}/audio-to-audio"


def test_a_model_that_cannot_is_refused_by_the_catalogue() -> None:
    """With those that can."""
    assert "cannot be used with /remix" in refusal(RemixOptions(prompt="x", model="Lyria 2"))
    assert "There is no model called" in refusal(RemixOptions(prompt="x", model="nonsense"))
    assert "cannot do the mode extend" in refusal(
        RemixOptions(mode=Mode.EXTEND, model="ACE-Step Remix")
    )


# --- Times -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "seconds", "sent"),
    [
        (0, 60, 60, (0, 60)),
        (59.9, None, 60, (59.9, 60)),
        (None, 20, 60, (0, 20)),
        (20, None, 60, (20, 60)),
        (50, 60, 59.6, (50, 59.6)),
        (10, 20, None, (10, 20)),
    ],
)
def test_parts_within_the_source_are_sent(
    start: float | None, end: float | None, seconds: float | None, sent: tuple[float, float]
) -> None:
    """One end alone reaches from the start, or to the end; a begun second counts as whole."""
    made = draft(RemixOptions(start=start, end=end), source(seconds))

    assert (made.start, made.end) == sent


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"start": 50, "end": 80}, "from 0:50 to 1:20 is not within the audio, which is 1:00 long"),
        ({"start": 60, "end": 61}, "is not within the audio, which is 1:00 long"),
        ({"start": 70}, "from 1:10 to 1:00 is not within the audio"),
        ({"start": 20, "end": 10}, "starts at 0:20 and ends at 0:10"),
        ({"start": -1, "end": 10}, "from 0 seconds on"),
        ({"before": 0}, "longer than 0 seconds"),
        ({"after": -5}, "longer than 0 seconds"),
        ({"after": float("nan")}, "longer than 0 seconds"),
        ({"mode": Mode.REPLACE}, "not clear which part to replace"),
        ({"after": 300}, "ACE-Step Extend takes 0 to 240 s as after; you gave 300"),
    ],
)
def test_times_that_make_no_sense_are_refused(options: Mapping[str, Any], why: str) -> None:
    """With what was given and what there is."""
    assert why in refusal(RemixOptions(**options))


def test_stems_that_are_named_twice_are_refused() -> None:
    """By option and in the further settings."""
    assert "given twice" in refusal(StemsOptions(names=("drums",), advanced='stems=["bass"]'))


SLIPPED = "audio_url=https://cdn.discordapp.com/attachments/1/2/song.mp3"


@pytest.mark.parametrize(
    "change", [RemixOptions(prompt="techno", advanced=SLIPPED), StemsOptions(advanced=SLIPPED)]
)
def test_no_link_can_be_slipped_in_as_a_source(change: Change) -> None:
    """The further settings reach every field but the one that is ours."""
    assert "Web addresses are not taken" in refusal(change)


# --- The whole way ---------------------------------------------------------------------------


@pytest.fixture
async def quarry(migrated: Path, tmp_path: Path) -> AsyncIterator[Quarry]:
    """Real sources and the local fal's storage; nothing may be left when the test is over."""
    async with Workshop(at_once=2) as shop, open_quarry(migrated, tmp_path, shop) as opened:
        yield opened
        assert opened.left() == []


def remixer(quarry: Quarry) -> Remixer:
    """A remixer whose models all run at the local fal."""

    def provider_of(_model: type[Endpoint]) -> Provider:
        return quarry.fal

    return Remixer(quarry.sources, provider_of)


async def test_a_reply_to_a_card_becomes_a_request_on_fals_own_storage(quarry: Quarry) -> None:
    """With the card's job as its parent; what is stored can be asked for again."""
    wav = quarry.sound(seconds=3)
    job = await quarry.job(files=[wav], output={**quarry.made("gone"), "seed": 99})
    reply = parse("extend 10s", bot_id=1)
    assert isinstance(reply.wish, Extend)

    async with quarry.sources.of_job(job, letter=reply.letter) as piece:
        remix = await remixer(quarry).prepare(reply.wish, piece)

    made = prepare(remix.ask, random=Random(1))
    assert remix.parent_id == job.id
    assert await quarry.stored(str(made.arguments["audio_url"])) == wav.read_bytes()
    assert "/fal/files/" in str(made.arguments["audio_url"])
    assert (made.model, made.seconds) == (f"{ACE}/audio-outpaint", 13)
    assert remix.ask.original == Original(tags="soft rain", lyrics=LYRICS, seed=99)
    again = await quarry.job(kind=Kind.REMIX, options=typed(remix.ask))
    assert ask_of(again) == remix.ask


async def test_a_remix_of_a_take_descends_from_the_card(quarry: Quarry) -> None:
    """Families are of cards; what is carried over is the take's own."""
    leader = await quarry.job(files=[quarry.sound("a.wav")], output=quarry.made("a"))
    await quarry.job(
        leader=leader, part=1, files=[quarry.sound("b.wav")], output=quarry.made("b"), prompt="loud"
    )

    async with quarry.sources.of_job(leader, letter="B") as piece:
        remix = await remixer(quarry).prepare(Restyle(prompt="techno"), piece)

    assert (remix.parent_id, remix.ask.original.tags) == (leader.id, "loud")


async def test_three_generations_keep_what_was_known_at_first(quarry: Quarry) -> None:
    """A song, its stems, and a remix of the voice alone."""
    song = await quarry.job(output=quarry.made("x"))
    stems = await quarry.job(
        model="fal-ai/demucs",
        kind=Kind.STEMS,
        prompt="Stems",
        arguments={"audio_url": URL},
        output={"vocals": {"url": "http://x.example/v"}},
        files=[quarry.sound("vocals.wav")],
        parent=song,
    )

    async with quarry.sources.of_job(stems) as piece:
        remix = await remixer(quarry).prepare(Extend(), piece)

    made = prepare(remix.ask, random=Random(1)).arguments
    assert (made["tags"], made["lyrics"]) == ("soft rain", LYRICS)


async def test_a_members_file_is_remixed_without_a_parent(quarry: Quarry) -> None:
    """FLAC goes up as WAV: fal's fields do not offer it."""
    file = quarry.attached(quarry.sound("mine.flac"))

    async with quarry.sources.of_attachment(file) as piece:
        remix = await remixer(quarry).prepare(Restyle(prompt="techno"), piece)

    assert remix.parent_id is None
    assert str(remix.ask.source_url).endswith("/mine.wav")
    assert find(rehearse(remix.ask).about.endpoint) is default(Kind.REMIX, mode=Mode.RESTYLE)


async def test_nothing_is_uploaded_for_what_is_refused(quarry: Quarry) -> None:
    """Every refusal comes before the upload."""
    job = await quarry.job(files=[quarry.sound()], output=quarry.made("x"))
    wishes: list[Change] = [
        Replace(start=5, end=9),
        Extend(after=500),
        Restyle(prompt="!?"),
        RemixOptions(prompt="x", model="Lyria 2"),
        RemixOptions(prompt="x", advanced="nonsense"),
    ]

    async with quarry.sources.of_job(job) as piece:
        for wish in wishes:
            with pytest.raises((InvalidInput, NotFound)):
                await Remixer(quarry.sources, _no_provider).prepare(wish, piece)


def _no_provider(model: type[Endpoint]) -> Provider:
    raise AssertionError(f"{model} was about to get a source")


def test_an_ask_can_be_drafted_of_every_wish() -> None:
    """All are remixes or stems, and carry over what is known."""
    wishes: list[Change] = [Restyle(prompt="x"), Extend(), Replace(start=1), Lyrics(text="x")]
    for wish in [*wishes, Stems(), RemixOptions(), StemsOptions()]:
        made: Ask = draft(wish, source())
        assert made.kind in (Kind.REMIX, Kind.STEMS)
        assert made.original == KNOWN


def test_a_servers_model_is_used_where_it_can_do_what_is_asked() -> None:
    """Where it cannot, another one is named, so that nobody puts it back in its place."""
    restyle, extend = Restyle(prompt="x"), Extend(after=10)
    stable = "fal-ai/stable-audio-25/audio-to-audio"

    def chosen(change: Restyle | Extend, given: Source, preferred: str) -> str | None:
        return choose(draft(change, given), given, preferred=preferred).model

    assert chosen(restyle, source(60), stable) == stable
    assert chosen(restyle, source(200), stable) == f"{ACE}/audio-to-audio"
    assert chosen(extend, source(60), stable) == f"{ACE}/audio-outpaint"
    assert chosen(restyle, source(300), f"{ACE}/audio-to-audio") not in {None, stable}


async def test_what_is_made_of_a_source_is_named_after_it(quarry: Quarry) -> None:
    """Where nobody said anything of their own; and an extension of a remix is not both."""
    song = await quarry.job(output=quarry.made("x"), files=[quarry.sound("song.wav")])
    extended = await quarry.job(
        prompt="soft rain (extended)", output=quarry.made("y"), files=[quarry.sound("more.wav")]
    )
    wishes = (Stems(), Extend(after=30), Lyrics(text="la la"), Restyle(prompt="techno"))

    async with quarry.sources.of_job(song) as piece, quarry.sources.of_job(extended) as longer:
        names = [headline(draft(wish, piece)) for wish in wishes]
        again = headline(draft(Stems(), longer))
    async with quarry.sources.of_attachment(quarry.attached(quarry.sound("mine.flac"))) as file:
        brought = headline(draft(Stems(), file))

    assert names == [
        "soft rain (stems)",
        "soft rain (extended)",
        "soft rain (new words)",
        "techno",
    ]
    assert (again, brought) == ("soft rain (stems)", "mine (stems)")


async def test_the_name_lasts_when_it_is_asked_for_again(quarry: Quarry) -> None:
    """It is written down with the request, and never sent."""
    song = await quarry.job(output=quarry.made("x"), files=[quarry.sound("song.wav")])
    async with quarry.sources.of_job(song) as piece:
        remix = await remixer(quarry).prepare(Stems(), piece)

    again = read(Kind.STEMS, dict(typed(remix.ask)))

    assert headline(again) == "soft rain (stems)"
    assert "title" not in prepare(remix.ask, random=Random(1)).arguments


@pytest.mark.parametrize(
    ("chosen", "written", "meant"),
    [("A", "B", "B"), ("C", None, "C"), (None, "B", "B"), ("B", "B", "B")],
)
def test_text_goes_before_the_menu_that_nobody_touched(
    chosen: str | None, written: str | None, meant: str
) -> None:
    """The first result is chosen from the start."""
    assert which(chosen, written, first=["A"]) == meant


def test_two_letters_in_one_form_are_asked_about() -> None:
    """A guess would cost money."""
    with pytest.raises(InvalidInput, match="C is chosen above, and the text names B"):
        which("C", "B", first=["A"])
