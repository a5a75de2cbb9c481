"""What is pasted as a source leads to a job, to a message, or to a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId
from bot.errors import NotAllowed, NotFound
from bot.jobs.links import MessageRef, Pointer, parse_source

GUILD = GuildId(1100000000000000001)
CHANNEL, MESSAGE = ChannelId(1200000000000000002), MessageId(1300000000000000003)
PATH = f"channels/{GUILD}/{CHANNEL}/{MESSAGE}"
THERE = MessageRef(channel_id=CHANNEL, message_id=MESSAGE)


@pytest.mark.parametrize(
    ("text", "job", "letter"),
    [
        ("1300000000000000003", 1300000000000000003, None),
        ("  42 ", 42, None),
        ("#42", 42, None),
        ("42 B", 42, "B"),
        ("42/b", 42, "B"),
        ("42 / c", 42, "C"),
        ("42:D", 42, "D"),
    ],
)
def test_a_number_is_a_job(text: str, job: int, letter: str | None) -> None:
    """With a letter behind, one of its variations."""
    assert parse_source(text, GUILD) == Pointer(target=JobId(job), letter=letter)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        (f"https://discord.com/{PATH}", None),
        (f"https://canary.discord.com/{PATH}", None),
        (f"https://ptb.discord.com/{PATH}/", None),
        (f"https://discordapp.com/{PATH}?foo=1", None),
        (f"discord://-/{PATH}", None),
        (f"http://localhost:8420/{PATH}", None),
        (f"http://127.0.0.1:8420/#/{PATH}", None),
        (f"<https://discord.com/{PATH}>", None),
        (f"https://discord.com/{PATH}/B", "B"),
        (f"https://discord.com/{PATH} b", "B"),
        (f"<https://discord.com/{PATH}> C", "C"),
    ],
)
def test_a_link_is_a_message(text: str, letter: str | None) -> None:
    """From any of Discord's clients, or from the sandbox."""
    assert parse_source(text, GUILD) == Pointer(target=THERE, letter=letter)


@pytest.mark.parametrize(("guild", "why"), [("999", "another server"), ("@me", "private messages")])
def test_a_link_out_of_the_server_is_refused(guild: str, why: str) -> None:
    """Pieces stay where they were made; the sentence says what to do instead."""
    with pytest.raises(NotAllowed, match=rf"{why}.*Attach the file"):
        parse_source(f"https://discord.com/channels/{guild}/{CHANNEL}/{MESSAGE}", GUILD)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "do not know that piece"),
        ("soft piano", "do not know that piece"),
        ("42 Z", "do not know that piece"),
        ("-42", "do not know that piece"),
        ("0", "no piece with that number"),
        ("9" * 19, "no piece with that number"),
        ("9" * 40, "do not know that piece"),
        (f"https://discord.com/channels/{GUILD}/{CHANNEL}", "leads to a channel"),
        ("https://cdn.discordapp.com/attachments/1/2/song.mp3", "attach the file"),
        ("https://example.com/song.mp3", "attach the file"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(text: str, why: str) -> None:
    """Nothing is ever fetched from a link that somebody typed."""
    with pytest.raises(NotFound, match=why):
        parse_source(text, GUILD)


@given(st.text(alphabet="0123456789/#:channels@me<> Bhttpsdiscord.com"))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    """A pointer or a sentence, whatever comes."""
    try:
        pointer = parse_source(text, GUILD)
    except (NotFound, NotAllowed):
        return
    assert pointer.letter in (None, "B", "C", "D", "E", "H", "I")
