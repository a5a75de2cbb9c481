"""Whatever is typed into options, forms and replies is taken, or refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot import catalogue
from bot.audio.naming import file_name
from bot.catalogue import Ask, Mode, Original
from bot.catalogue.advanced import read_advanced
from bot.catalogue.endpoint import Unfit
from bot.domain.ids import GuildId, JobId
from bot.domain.job import AudioFormat, Kind
from bot.errors import UserError
from bot.jobs import asks
from bot.jobs.attached import check_announced, plain_name
from bot.jobs.links import parse_source
from bot.jobs.material import AttachedFile
from bot.jobs.replies import parse
from bot.jobs.times import clock_time, read_time, seconds_in
from bot.limits.words import Blocklist
from bot.ui.forms import FORMS, Request, filled, read
from bot.ui.text import as_typed, shown
from tests.fuzz.strategies import ODD_NUMBER, ODD_TEXT, fuzzed

INSIDES = re.compile(
    r"Traceback|pydantic|validation error|Error\b|Exception|NoneType|object at 0x|\bself\b"
)
"""What a sentence for people never has in it."""

MODELS = sorted(model.about.endpoint for model in catalogue.all_models())
text = st.none() | st.sampled_from(["rain on a tin roof", "[verse]\nla la la"]) | ODD_TEXT
number = st.none() | st.floats(0, 200) | ODD_NUMBER

ASKS = st.builds(
    Ask,
    kind=st.sampled_from(Kind),
    title=text,
    prompt=text,
    model=st.none() | st.sampled_from(MODELS) | ODD_TEXT,
    duration=number,
    negative_prompt=text,
    genre=text,
    tempo=st.none() | st.integers(),
    key=text,
    seed=st.none() | st.integers(),
    variations=st.integers(-3, 12),
    lyrics=text,
    style=text,
    instrumental=st.none() | st.booleans(),
    write_lyrics=st.none() | st.booleans(),
    loop=st.none() | st.booleans(),
    strength=number,
    mode=st.none() | st.sampled_from(Mode),
    source_url=st.none() | st.just("https://files.example/a.wav"),
    source_seconds=st.none() | st.floats(0, 10_000),
    source_name=text,
    start=number,
    end=number,
    before=number,
    after=number,
    original=st.builds(Original, tags=text, lyrics=text, seed=st.none() | st.integers()),
    advanced=text,
)
"""Everything that commands, forms and replies can make of what was typed, and more."""


def is_fine(sentence: str) -> bool:
    """Say whether a sentence is one for people."""
    return bool(sentence.strip()) and not INSIDES.search(sentence) and len(sentence) < 2_000


def told(attempt: Callable[[], object]) -> str | None:
    """Try something, and give the sentence with which it is refused, if it is."""
    try:
        attempt()
    except UserError as error:
        return error.sentence
    return None


@fuzzed(share=4)
@given(ASKS)
def test_every_request_is_priced_or_refused_in_a_sentence(ask: Ask) -> None:
    """Any option with any value, for any model."""
    sentence = told(lambda: catalogue.prepare_all(ask, random=Random(1)))

    assert sentence is None or is_fine(sentence)


@pytest.mark.parametrize("model", MODELS)
@fuzzed(share=0.5)
@given(data=st.data())
def test_every_field_of_every_model_takes_or_refuses_any_value(
    model: str, data: st.DataObject
) -> None:
    """Through the option for everything else."""
    endpoint = catalogue.find(model)
    field = data.draw(st.sampled_from(sorted(endpoint.model_fields)))
    value = data.draw(ODD_TEXT | ODD_NUMBER.map(str) | st.sampled_from(["{}", "[]", "null", "[1]"]))
    kind = data.draw(st.sampled_from(sorted(endpoint.about.serves)))
    ask = Ask(
        kind=kind,
        prompt="rain on a tin roof",
        model=model,
        source_url="https://files.example/a.wav",
        source_seconds=20.0,
        advanced=f"{field}={value}",
    )

    sentence = told(lambda: catalogue.prepare_all(ask, random=Random(1)))

    assert sentence is None or is_fine(sentence)


@fuzzed()
@given(ASKS)
def test_a_request_that_is_written_down_is_read_back(ask: Ask) -> None:
    """For Again and Edit; what JSON cannot hold is refused before it comes to that."""
    import json  # noqa: PLC0415

    try:
        stored = json.loads(json.dumps(asks.typed(ask), allow_nan=False))
    except ValueError:
        assume(False)
    assert asks.read(ask.kind, stored) == ask
    assert asks.headline(ask) is not None


@fuzzed(share=2)
@given(kind=st.sampled_from(sorted(FORMS)), data=st.data())
def test_every_form_is_read_or_refused_in_a_sentence(kind: Kind, data: st.DataObject) -> None:
    """Whatever stands in its inputs."""
    texts = {one.name: data.draw(ODD_TEXT) for one in FORMS[kind]}
    blank = Request(ask=Ask(kind=kind))

    sentence = told(lambda: read(blank, texts))

    assert sentence is None or is_fine(sentence)


@fuzzed()
@given(ASKS, st.none() | st.sampled_from(AudioFormat))
def test_every_request_can_be_put_into_its_form(ask: Ask, audio_format: AudioFormat | None) -> None:
    """Edit opens whatever was once accepted."""
    assume(ask.kind in FORMS)
    request = Request(ask=ask, format=audio_format)

    texts = filled(request, FORMS[ask.kind])

    assert all(isinstance(value, str) for value in texts.values())


VERBS = ["extend", "replace", "lyrics", "stems", "again", "B:", "extend B", "extend 30s with"]


@fuzzed(share=4)
@given(ODD_TEXT, st.sampled_from(["", *VERBS]), st.integers(1, 12), st.none() | st.integers(1))
def test_every_reply_is_understood_or_refused_in_a_sentence(
    words: str, verb: str, variations: int, bot_id: int | None
) -> None:
    """The grammar has an answer to everything."""
    sentence = told(lambda: parse(f"{verb} {words}", bot_id=bot_id, variations=variations))

    assert sentence is None or is_fine(sentence)


@fuzzed(share=2)
@given(st.sampled_from(MODELS), ODD_TEXT)
def test_every_advanced_option_is_read_or_refused(model: str, typed: str) -> None:
    """Pairs, brackets, quotes and everything that is none of these."""
    with suppress(Unfit):
        read_advanced(catalogue.find(model), typed)


@fuzzed(share=2)
@given(st.sampled_from(MODELS), ODD_TEXT, st.none() | st.floats(0, 1_000))
def test_lyrics_are_checked_to_the_end(model: str, words: str, duration: float | None) -> None:
    """And mending them comes to an end, too."""
    lyrics: str | None = words
    for _ in range(20):
        flaws = catalogue.check_lyrics(catalogue.find(model), lyrics or "", duration)
        assert all(is_fine(one.sentence) for one in flaws)
        mended = next((one.fixed for one in flaws if one.fixed is not None), None)
        if mended is None or mended == lyrics:
            return
        lyrics = mended
    pytest.fail("mending goes round in circles")


@fuzzed(share=4)
@given(ODD_TEXT | st.from_regex(r"[0-9:.,ms h]{0,12}"))
def test_times_and_links_are_read_or_refused(typed: str) -> None:
    """And what is a time can be written as one."""
    seconds = seconds_in(typed)
    sentences = [
        told(lambda: read_time(typed, "from")),
        told(lambda: parse_source(typed, GuildId(1))),
    ]

    assert all(one is None or is_fine(one) for one in sentences)
    if seconds is not None:
        assert clock_time(seconds)


@fuzzed()
@given(name=ODD_TEXT, size=st.integers(0, 2**60), kind=text)
def test_files_may_be_called_anything(name: str, size: int, kind: str | None) -> None:
    """Names of the bot's own making are plain, whatever they are made from."""
    file = AttachedFile(url="https://x.example", file_name=name, size=size, content_type=kind)
    sentence = told(lambda: check_announced(file, limit_bytes=10**6))

    assert sentence is None or is_fine(sentence)
    assert isinstance(file.is_audio, bool)
    for made in (plain_name(name, "wav"), file_name(name, JobId(1), "mp3", part=name)):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*\.(?:wav|mp3)", made)
        assert len(made) <= 64


@fuzzed()
@given(ODD_TEXT, st.lists(ODD_TEXT, max_size=4), st.integers(1, 300))
def test_any_text_can_be_shown_and_looked_through(
    words: str, blocked: list[str], limit: int
) -> None:
    """Cards, lists and blocklists meet everything."""
    assert len(shown(words, limit=limit)) <= limit
    assert len(as_typed(words, limit=limit)) <= limit
    Blocklist(blocked).find(words)


def test_the_checker_knows_an_inside_when_it_sees_one() -> None:
    """Or all of the above would prove nothing."""
    bad: list[Any] = ["", "ValueError: x", "1 validation error for Ask", "<object at 0x7f>"]

    assert not any(map(is_fine, bad))
    assert is_fine("The prompt is empty. Describe what should be heard.")
