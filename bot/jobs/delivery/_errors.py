"""What discord.py raises, as our errors.

Codes are from Discord docs, Opcodes and Status Codes, JSON Error Codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import discord

from bot.errors import (
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    MessageGone,
    MissingPermissions,
    ThreadArchived,
    TooLarge,
)


@contextmanager
def discord_errors() -> Iterator[None]:
    """Turn what goes wrong on the way to Discord into a `DeliveryError`."""
    try:
        yield
    except discord.HTTPException as error:
        raise translate(error) from error
    # An answer that arrives broken says nothing; what was asked for may be done, and is repeated.
    except (aiohttp.ClientError, TimeoutError, OSError, json.JSONDecodeError) as error:
        raise DiscordUnavailable(
            "Discord cannot be reached at the moment; this is tried again by itself."
        ) from error
    except RuntimeError as error:
        # discord.py's way of saying that its session was closed by a shutdown.
        if "closed" not in str(error).lower():
            raise
        raise DiscordUnavailable("Minstrel is shutting down.") from error


def translate(error: discord.HTTPException) -> DeliveryError:
    """Give our error for one of Discord's answers."""
    # After 401 the token was reset: what waits is delivered once the operator has set the new one.
    if error.status >= 500 or error.status in {401, 429}:
        return DiscordUnavailable("Discord is in trouble; this is tried again by itself.")
    if error.status == 413:
        return _too_large()
    if special := _BY_CODE.get(error.code):
        return special()
    if isinstance(error, discord.NotFound):
        return MessageGone("The card was deleted.")
    if isinstance(error, discord.Forbidden):
        return _may_not_write()
    return DeliveryError("Discord did not accept the message. Please try again.")


def _too_large() -> DeliveryError:
    return TooLarge("The file is larger than this server takes.")


def _channel_gone() -> DeliveryError:
    return ChannelGone("The channel is gone. Ask for the piece again in another one.")


def _archived() -> DeliveryError:
    return ThreadArchived("The thread is archived. Open it again, or ask in another channel.")


def _may_not_see() -> DeliveryError:
    return MissingPermissions(
        'Minstrel cannot see this channel. Please give it the permission "View Channel" here.',
        names=("View Channel",),
    )


def _may_not_write() -> DeliveryError:
    return MissingPermissions(
        'Minstrel may not write here. It needs "Send Messages", "Embed Links" and "Attach Files" '
        "in this channel; a moderator can allow that.",
        names=("Send Messages", "Embed Links", "Attach Files"),
    )


def _blocked() -> DeliveryError:
    return DeliveryError(
        "This server's AutoMod or link filter blocked the message. Please use other words, or ask "
        "a moderator."
    )


def _no_files() -> DeliveryError:
    return DeliveryError(
        "Discord takes no files in this server at the moment. Ask a moderator, or try in another one."
    )


def _no_direct_messages() -> DeliveryError:
    return DeliveryError("This person takes no direct messages from the bot.")


def _file_lost() -> DeliveryError:
    return DiscordUnavailable("Discord lost the file on the way; this is tried again by itself.")


def _may_not_read_back() -> DeliveryError:
    return MissingPermissions(
        'Minstrel may not reply here. It needs "Read Message History" in this channel; a moderator '
        "can allow that.",
        names=("Read Message History",),
    )


_BY_CODE: Mapping[int, Callable[[], DeliveryError]] = {
    10003: _channel_gone,  # unknown channel
    10004: _channel_gone,  # unknown guild
    40005: _too_large,
    50001: _may_not_see,  # missing access
    50007: _no_direct_messages,
    50013: _may_not_write,  # missing permissions
    50083: _archived,
    50146: _file_lost,
    50278: _no_direct_messages,  # no server in common any more
    160002: _may_not_read_back,
    200000: _blocked,  # AutoMod
    240000: _blocked,  # link filter
    400001: _no_files,
}
