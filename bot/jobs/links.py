"""What a member points at as a source: a job's id, or a link to a message. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId
from bot.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """A message, by where it stands."""

    channel_id: ChannelId
    message_id: MessageId


Target: TypeAlias = JobId | MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where a source is to be found.

    Attributes:
        target: A job or a message. A bare number is taken for a job's id; people also copy the
            ids of messages, so whoever finds no such job looks for a card of that id.
        letter: Which of several variations, as a capital; None when nobody said.
    """

    target: Target
    letter: str | None = None


_LONGEST = 300
_LAST_ID = 2**63 - 1
_LETTER = r"(?:\s*[/#:]\s*|\s+)(?P<letter>[a-j])"
_JOB = re.compile(rf"#?(?P<job>[0-9]{{1,19}})(?:{_LETTER})?", re.IGNORECASE)
_LINK = re.compile(
    r"(?:https?|discord)://[^\s/]*/(?:[^\s?]*?#?/)?channels"
    r"/(?P<guild>@me|[0-9]{1,19})/(?P<channel>[0-9]{1,19})/(?P<message>[0-9]{1,19})"
    rf"/?(?:\?[^\s#]*)?(?:{_LETTER})?",
    re.IGNORECASE,
)
_CHANNEL_LINK = re.compile(r"https?://\S+/channels/[^\s/]+(?:/[0-9]+)?/?", re.IGNORECASE)
_FILE_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def parse_source(text: str, guild_id: GuildId) -> Pointer:
    """Read what somebody typed or pasted as a source.

    Takes ``123456``, ``123456 B``, and links to messages as Discord's clients copy them, with a
    letter behind or not. Which host a link names does not matter: nothing is fetched from it.

    Raises:
        NotAllowed: The link leads to another server, or to private messages.
        NotFound: It is neither an id nor a link to a message.
    """
    typed = text.strip()[:_LONGEST]
    if typed.startswith("<") and typed.endswith(">"):
        typed = typed[1:-1]
    if found := _JOB.fullmatch(typed):
        return Pointer(target=JobId(_id(found.group("job"))), letter=_capital(found))
    if found := _LINK.fullmatch(typed.replace(">", " ").removeprefix("<")):
        _check_guild(found.group("guild"), guild_id)
        target = MessageRef(
            channel_id=ChannelId(_id(found.group("channel"))),
            message_id=MessageId(_id(found.group("message"))),
        )
        return Pointer(target=target, letter=_capital(found))
    raise NotFound(_why_not(typed))


def _check_guild(named: str, guild_id: GuildId) -> None:
    if named == "@me":
        raise NotAllowed(
            "That link leads to private messages, which nobody else here can see. Attach the "
            "file itself instead."
        )
    if int(named) != guild_id:
        raise NotAllowed(
            "That link leads to another server, and pieces stay on theirs. Attach the file "
            "itself instead."
        )


def _capital(found: re.Match[str]) -> str | None:
    letter = found.group("letter")
    return letter.upper() if letter else None


def _id(digits: str) -> int:
    number = int(digits)
    if not 0 < number <= _LAST_ID:
        raise NotFound(
            "There is no piece with that number. Pick one from the list while typing, or paste a "
            "link to its message."
        )
    return number


def _why_not(typed: str) -> str:
    if _CHANNEL_LINK.fullmatch(typed):
        return (
            "That link leads to a channel. Open the menu of the message that carries the piece, "
            "choose Copy Message Link, and paste that."
        )
    if _FILE_LINK.fullmatch(typed):
        return (
            "That is not a link to a message here. Paste a message's link, or attach the file "
            "itself."
        )
    return (
        "I do not know that piece. Pick one from the list while typing, or paste its number or a "
        "link to its message."
    )
