"""Members' words in the bot's messages: as they were typed, and without any power."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.text import ago, length, ordinal, shown

HOSTILE = st.text(alphabet=st.sampled_from("ab _*~`|>#-[]()<@&!:/t1.\\\n\u202e"), max_size=200)
BARE = re.compile(r"(?<!\\)(?:\\\\)*[*_~`|]")
"""A character of markdown that nothing takes the power from."""


@given(st.text(max_size=400) | HOSTILE, st.integers(min_value=2, max_value=200))
def test_words_never_take_more_room_than_they_are_given(words: str, limit: int) -> None:
    """Discord refuses a message that is one character too long."""
    assert len(shown(words, limit=limit)) <= limit


@given(HOSTILE)
def test_words_have_no_power(words: str) -> None:
    """No markdown, no mention, no link, no line of their own, no turned direction."""
    text = shown(words, limit=2_000)

    assert not BARE.search(text)
    assert "\n" not in text
    assert "\u202e" not in text
    assert "://" not in text
    assert not re.search(r"<[@#:/a-z]", text)
    assert not re.search(r"(?<!\\)\[.+\]\(.+\)", text)


@pytest.mark.parametrize(
    "words",
    [
        "@everyone come here",
        "@here",
        "<@123>",
        "<@!123>",
        "<@&123>",
        "<#123>",
        "</music:123>",
        "<t:1700000000:R>",
        "<:smile:123>",
        "<a:smile:123>",
        "<id:customize>",
        "https://evil.example/login",
        "[click me](https://evil.example)",
        "# A headline",
        "> a quote",
        "```code```",
        "||hidden||",
    ],
)
def test_what_discord_would_act_on_is_defused(words: str) -> None:
    """It stays readable, but does nothing."""
    text = shown(words, limit=200)

    assert text != words
    kept = text.replace("\u200b", "").replace("\\", "")
    assert kept == words


@given(st.text(alphabet=st.characters(categories=("L", "N")), min_size=1, max_size=60))
def test_plain_words_stay_as_they_were_typed(words: str) -> None:
    """In any language."""
    assert shown(words, limit=100) == words


def test_long_words_are_cut_between_words() -> None:
    """And say so."""
    text = shown("rain on a tin roof " * 20, limit=50)

    assert text.endswith("…")
    assert text[:-1].split()[-1] in {"rain", "on", "a", "tin", "roof"}


def test_several_lines_become_one() -> None:
    """A title has no room for more."""
    assert shown("rain\n\n  on a\ttin roof ", limit=50) == "rain on a tin roof"


def test_moments_count_along_in_the_readers_client() -> None:
    """No edit is needed for time to pass."""
    assert ago(datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) == "<t:1795262400:R>"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (59.6, "1:00"), (83.4, "1:23"), (600, "10:00")]
)
def test_lengths_are_minutes_and_seconds(seconds: float, words: str) -> None:
    """Rounded to the second."""
    assert length(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"),
     (112, "112th"), (123, "123rd")],
)  # fmt: skip
def test_places_in_a_line_have_their_endings(number: int, words: str) -> None:
    """Eleven to thirteen are the exceptions."""
    assert ordinal(number) == words
