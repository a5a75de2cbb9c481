"""What people write to get more than words out of a message, and a look at what got through."""

from __future__ import annotations

import re
from collections.abc import Iterator

import discord

TEXTS = (
    "@everyone @here",
    "<@123456789012345678> <@!123456789012345678> <@&123456789012345678>",
    "<#123456789012345678> </music:123456789012345678> <id:customize>",
    "<t:1700000000:R> <:smile:123456789012345678> <a:smile:123456789012345678>",
    "https://evil.example/login http://evil.example discord://-/channels/1",
    "<https://evil.example>",
    "[click](https://evil.example) [a](<https://evil.example>)",
    "**bold** __under__ _slanted_ ~~gone~~ ||hidden|| `code` ```block```",
    "\n# headline\n> quote\n>>> quotes\n- item\n-# small",
    "](https://evil.example) [",
    "\\](https://evil.example) \\*bold\\*",
    "abc\u202egnp.exe \u2066\u2069\u200f",
    "a\x00b\x1b[31m",
    "*" * 300,
    "`" * 300,
    "@everyone" * 60,
    "x" * 3_000,
)
"""Each ends in a message somewhere; most are cut to its room."""

_ESCAPED = re.compile(r"\\([*_~`|\\<>\[\]()#\-.:])")
_POWERS = (
    ("a mention", re.compile(r"<@[!&]?\d+>|@everyone|@here")),
    ("a channel, command or time", re.compile(r"<(?:#\d+|/[^:>]+:\d+|t:-?\d+(?::\w)?|id:\w+)>")),
    ("an emoji", re.compile(r"<a?:\w+:\d+>")),
    ("a link", re.compile(r"\b[a-z][a-z0-9+.-]*://\S", re.IGNORECASE)),
    ("a masked link", re.compile(r"\[[^\]]*\]\([^)]+\)")),
    ("a mark", re.compile(r"\*\*\S|__\S|~~\S|\|\|\S|`")),
    ("a line of its own", re.compile(r"\n\s*(?:#{1,3} |>{1,3} |- |-# )")),
    ("a turned direction", re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f]")),
    ("a control character", re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")),
)


def powers(text: str) -> list[str]:
    """Name what Discord would act on in a text, once what is escaped is out of the way."""
    bare = _ESCAPED.sub("\ue000", text)
    return [name for name, power in _POWERS if power.search(bare)]


def added(drawn: str, harmless: str) -> list[str]:
    """Name the powers that a text has beyond those of the same text with harmless words in it."""
    return [one for one in powers(drawn) if one not in powers(harmless)]


def parts_of(embed: discord.Embed) -> Iterator[str]:
    """Give every text of an embed in which Discord reads markdown."""
    yield embed.title or ""
    yield embed.description or ""
    for one in embed.fields:
        yield one.value or ""
