"""A form that was refused is not typed again: it is kept, and offered as it was written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import discord

from bot.errors import StoreError
from bot.jobs.drafts import Draft, Drafts
from bot.jobs.questions import NeedsConfirming
from bot.jobs.singing import FlawedWords, NoWords
from bot.ui.answers import Offer, Unanswerable, accepting, sentence_for
from bot.ui.buttons import DraftButton
from bot.ui.forms import LYRICS_MOST

log = logging.getLogger(__name__)

AGAIN, MENDED = "Open it again", "Put it right"


@asynccontextmanager
async def taken_in(
    interaction: discord.Interaction[Any], drafts: Drafts, draft: Draft
) -> AsyncIterator[None]:
    """Acknowledge a form and do what it says; where that is refused, offer it once more.

    The same form delivered twice is taken in once.
    """
    try:
        async with accepting(interaction), offered_again(interaction, drafts, draft):
            yield
    except Unanswerable:
        return


@asynccontextmanager
async def offered_again(
    interaction: discord.Interaction[Any], drafts: Drafts, draft: Draft
) -> AsyncIterator[None]:
    """Keep a draft where the body fails, and raise what went wrong with a button that opens it.

    Raises:
        Offer: The body failed.
        NeedsConfirming: It did not fail; the price is to be confirmed.
    """
    try:
        yield
    except (asyncio.CancelledError, Unanswerable, NeedsConfirming):
        raise
    except Exception as error:
        sentence = sentence_for(error)
        mended = _mended(error)
        try:
            await drafts.keep(interaction.id, replace(draft, texts={**draft.texts, **mended}))
        except StoreError:
            log.exception("what was typed into a form could not be kept")
            raise error from None
        if "charged" not in sentence:
            sentence = f"{sentence} Nothing was charged."
        view = discord.ui.View(timeout=None)
        view.add_item(DraftButton(interaction.id, label=MENDED if mended else AGAIN))
        if isinstance(error, NoWords) and error.writer is not None:
            label = f"Have {error.writer} write them"
            view.add_item(DraftButton(interaction.id, label=label, writes=True))
        raise Offer(sentence, view) from error


def _mended(error: Exception) -> Mapping[str, str]:
    """Give the inputs as they should be, where that is known and fits into the form."""
    if isinstance(error, FlawedWords) and error.mended and len(error.mended) <= LYRICS_MOST:
        return {"lyrics": error.mended}
    return {}
