"""Words from outside are words in everything that the bot says: no mention, no link, no mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.catalogue import Ask
from bot.catalogue.wording import plain
from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.job import Failure, Job, Kind, State
from bot.errors import UserError
from bot.jobs.attached import check_announced
from bot.jobs.audit_trail import Accepted, Event, Moderated, RefusedByModel, TurnedDown
from bot.jobs.board import CardState
from bot.jobs.links import parse_source
from bot.jobs.material import AttachedFile
from bot.jobs.replies import parse
from bot.jobs.times import read_time
from bot.providers import sentences
from bot.providers.fal import _rejections
from bot.providers.fal._answers import Item
from bot.ui.audit import audit_page
from bot.ui.card import render
from bot.ui.forms import Request, read
from tests.security.hostile import TEXTS, added, parts_of, powers
from tests.ui.builders import job, sound

HARMLESS = "rain on a tin roof"


def _cards(text: str) -> Iterator[CardState]:
    """Every look of a card with a text everywhere that a text from outside can be."""
    other = job(State.DELIVERED, id=JobId(2), prompt=text)
    for state in State:
        failure = Failure(code="refused", sentence="The model said no.")
        one = job(
            state, prompt=text, failure=failure if state.is_final else None, parent_id=other.id
        )
        yield CardState(
            job=one,
            progress=text,
            parent=other,
            children=(other,),
            sounds=(sound(),) if state is State.DELIVERED else (),
        )


def _drawn(text: str) -> list[str]:
    drawn = []
    for state in _cards(text):
        rendering = render(state)
        drawn.append(" ".join([rendering.content, *parts_of(rendering.embed)]))
    return drawn


@pytest.mark.parametrize("text", TEXTS)
def test_a_card_shows_words_as_words(text: str) -> None:
    """The prompt, the model's log line, and the pieces that it came from and became."""
    for drawn, harmless in zip(_drawn(text), _drawn(HARMLESS), strict=True):
        assert added(drawn, harmless) == []


def _news(text: str) -> list[Event]:
    piece = job(State.DELIVERED, prompt=text)
    return [
        Accepted(job=piece),
        RefusedByModel(job=piece),
        Moderated(job=piece, by=UserId(9), was_deleted=True),
        TurnedDown(
            guild_id=GuildId(1),
            channel_id=ChannelId(2),
            user_id=UserId(3),
            why="No.",
            place="the prompt",
            word=text,
        ),
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_moderators_read_words_as_words(text: str) -> None:
    """An audit message has prompts and blocked words in it, and stays within its room."""
    for event, calm in zip(_news(text), _news(HARMLESS), strict=True):
        page, harmless = audit_page([event], 0), audit_page([calm], 0)
        assert added(" ".join(parts_of(page)), " ".join(parts_of(harmless))) == []
    assert len(audit_page(_news(text) * 100, 7).description or "") <= 4_096


def _typed_wrong(text: str) -> Iterator[Callable[[], object]]:
    """Everything that refuses what was typed and quotes it."""
    blank = Request(ask=Ask(kind=Kind.MUSIC))
    file = AttachedFile(url="https://x.example", file_name=text, size=0)
    yield lambda: read_time(text, "from")
    yield lambda: parse_source(text, GuildId(1))
    yield lambda: parse(f"extend {text}")
    yield lambda: parse(f"replace {text}")
    yield lambda: parse(f"stems {text}")
    yield lambda: check_announced(file, limit_bytes=10)
    yield lambda: check_announced(replace(file, size=99), limit_bytes=10)
    for field in ("duration", "seed", "tempo", "strength", "more"):
        yield lambda field=field: read(blank, {field: text})  # type: ignore[misc]


def _refusal(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except UserError as error:
        return error.sentence
    return None


@pytest.mark.parametrize("text", TEXTS)
def test_a_refusal_quotes_words_as_words(text: str) -> None:
    """What was typed stands in the sentence, and does nothing there."""
    refusals = [refused for attempt in _typed_wrong(text) if (refused := _refusal(attempt))]

    assert len(refusals) > 5
    assert [one for one in refusals if powers(one)] == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_quote_has_no_power_and_fits(text: str) -> None:
    """The one place through which sentences quote."""
    quoted = plain(text)

    assert powers(quoted) == []
    assert "\n" not in quoted
    assert len(quoted) <= 200


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_provider_says_is_never_repeated(text: str) -> None:
    """Sentences are made of its error types; a name in them is shown only if it is plain."""
    item = Item(type="greater_than", field=text, context={"gt": text})

    assert powers(_rejections.rejection(item)) == []
    assert powers(sentences.rejected(text)) == []
    assert "evil" not in _rejections.rejection(item)


def test_a_job_is_drawn_without_a_prompt_too() -> None:
    """What was erased leaves nothing that breaks a card."""
    bare: Job = job(State.DELIVERED, prompt="")

    assert render(CardState(job=bare, sounds=(sound(),))).embed is not None
