"""Answering an interaction: acknowledging it first, and telling one person what went wrong."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import aiohttp
import discord

from bot import metrics
from bot.errors import BotError, UserError
from bot.jobs.questions import NeedsConfirming
from bot.ui.questions import question_text, question_view
from bot.ui.rush import Rush

log = logging.getLogger(__name__)

_HEARD = "heard"
_ALREADY_ACKNOWLEDGED = 40060
_UNKNOWN_INTERACTION = 10062

_OUTAGES = (discord.HTTPException, aiohttp.ClientError, TimeoutError)


_rush = Rush()
"""One for the process: it is its processor, and its database, that are shared."""


class Unanswerable(Exception):
    """The interaction was answered elsewhere or is too old; do nothing with it."""


class Offer(UserError):
    """A refusal that comes with a way out.

    Attributes:
        view: The buttons that lead there.
    """

    code = "offer"

    def __init__(self, sentence: str, view: discord.ui.View) -> None:
        super().__init__(sentence)
        self.view = view


async def acknowledge(interaction: discord.Interaction[Any]) -> None:
    """Acknowledge ephemerally; the caller puts an answer in its place.

    Raises:
        Unanswerable: Another delivery of the same interaction was faster, or it came too late.
    """
    with _first_response(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)


async def hold(interaction: discord.Interaction[Any]) -> None:
    """Acknowledge a press silently; the caller edits the message that it stands on.

    Raises:
        Unanswerable: Another delivery of the same interaction was faster, or it came too late.
    """
    with _first_response(interaction):
        await interaction.response.defer()


@asynccontextmanager
async def acknowledged(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Acknowledge ephemerally, and take the acknowledgement away when the body is through.

    What the body raises is told in its place, to the person who asked only.

    Raises:
        Unanswerable: Another delivery of the same interaction was faster, or it came too late.
    """
    await acknowledge(interaction)
    try:
        yield
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the one place where errors become sentences
        words, view = answer_to(error)
        await tell(interaction, words, view=view)
    else:
        with suppress(*_OUTAGES):
            await interaction.delete_original_response()


@asynccontextmanager
async def accepting(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Like `acknowledged`, for bodies that ask for a piece: nobody waits for the other.

    The acknowledgement sets out before anything else is done, and what is asked for is taken in
    while it is on its way: it is mostly written down before Discord has heard. Only a process that
    dies within these milliseconds leaves somebody looking at a bot that thinks.
    """
    acknowledgement = _Acknowledgement(interaction)
    await asyncio.sleep(0)  # it sets out
    try:
        async with _rush.turn() as leave:

            async def is_heard() -> bool:
                leave()
                return await acknowledgement.arrived()

            interaction.extras[_HEARD] = is_heard
            yield
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the one place where errors become sentences
        await acknowledgement.arrived()
        words, view = answer_to(error)
        await tell(interaction, words, view=view)
    else:
        await acknowledgement.arrived()
        if acknowledgement.is_ours:
            with suppress(*_OUTAGES):
                await interaction.delete_original_response()


def heard_by(interaction: discord.Interaction[Any]) -> Callable[[], Awaitable[bool]] | None:
    """Give what waits until an interaction is acknowledged; None outside of `accepting`."""
    is_heard: Callable[[], Awaitable[bool]] | None = interaction.extras.get(_HEARD)
    return is_heard


class _Acknowledgement:
    """The ephemeral “thinking…” of one interaction, on its way.

    Attributes:
        is_ours: Whether it may stand because of this delivery of the interaction.
    """

    def __init__(self, interaction: discord.Interaction[Any]) -> None:
        self._interaction = interaction
        self._given = asyncio.create_task(self._give(), name="acknowledge")
        self.is_ours = False

    async def arrived(self) -> bool:
        """Wait for Discord's word; False when Discord has told the member of a failure."""
        return await asyncio.shield(self._given)

    async def _give(self) -> bool:
        id_ = self._interaction.id
        try:
            await self._interaction.response.defer(ephemeral=True, thinking=True)
            metrics.acknowledged(_age_seconds(self._interaction))
        except discord.InteractionResponded:
            return True
        except discord.HTTPException as error:
            log.info("interaction %s cannot be acknowledged (%s)", id_, error.code)
            self.is_ours = error.code not in {_ALREADY_ACKNOWLEDGED, _UNKNOWN_INTERACTION}
            return error.code != _UNKNOWN_INTERACTION
        except (aiohttp.ClientError, TimeoutError) as error:
            # It may have got through. The card will tell.
            log.info("interaction %s: %s", id_, type(error).__name__)
        self.is_ours = True
        return True


async def open_form(interaction: discord.Interaction[Any], form: discord.ui.Modal) -> None:
    """Answer with a form.

    Raises:
        Unanswerable: Another delivery of the same interaction was faster, or it came too late.
    """
    with _first_response(interaction):
        await interaction.response.send_modal(form)


def _age_seconds(interaction: discord.Interaction[Any]) -> float:
    return (discord.utils.utcnow() - interaction.created_at).total_seconds()


@contextmanager
def _first_response(interaction: discord.Interaction[Any]) -> Iterator[None]:
    try:
        yield
        metrics.acknowledged(_age_seconds(interaction))
    except discord.InteractionResponded as error:
        raise Unanswerable from error
    except discord.HTTPException as error:
        if error.code in {_ALREADY_ACKNOWLEDGED, _UNKNOWN_INTERACTION}:
            log.info("interaction %s cannot be answered (%s)", interaction.id, error.code)
            raise Unanswerable from error
        raise


@asynccontextmanager
async def answering(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Tell what the body raises; for bodies whose first response is a form, or their own."""
    try:
        yield
    except (asyncio.CancelledError, Unanswerable):
        raise
    except Exception as error:  # noqa: BLE001 - outside a command nobody else would tell
        await tell(interaction, sentence_for(error))


async def tell(
    interaction: discord.Interaction[Any], sentence: str, *, view: discord.ui.View | None = None
) -> None:
    """Say something to the person who acted, and to nobody else."""
    buttons = discord.utils.MISSING if view is None else view
    try:
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await interaction.edit_original_response(content=sentence, view=view)
        elif interaction.response.is_done():
            await interaction.followup.send(sentence, view=buttons, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, view=buttons, ephemeral=True)
    except _OUTAGES as error:
        log.warning(
            "interaction %s could not be answered: %s", interaction.id, type(error).__name__
        )


def answer_to(error: BaseException) -> tuple[str, discord.ui.View | None]:
    """Give what a person is told of an error, and the buttons that lead on from it."""
    if isinstance(error, NeedsConfirming):
        return question_text(error), question_view(error)
    return sentence_for(error), error.view if isinstance(error, Offer) else None


def sentence_for(error: BaseException) -> str:
    """Give what a person is told of an error; anything not ours is logged under an incident."""
    if isinstance(error, UserError):
        log.debug("refused: %s", error.sentence)
        return error.sentence
    if isinstance(error, BotError):
        log.warning("%s: %s", error.code, error.sentence)
        return error.sentence
    incident = secrets.token_hex(3)
    log.error("incident %s", incident, exc_info=error)
    return (
        f"Something went wrong on our side (incident {incident}), and nothing was charged. "
        "Please try again; if it happens again, tell the person who runs this bot."
    )
