"""What a check finds, and running a list of checks without one of them spoiling the rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from bot.errors import BotError

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 15
"""How long one check may take."""

P = TypeVar("P")


class Level(StrEnum):
    """How well it is."""

    FINE = "fine"
    NOTE = "note"
    """Works, and somebody may want to know."""
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report: how it is, and what to do where it is not well."""

    subject: str
    level: Level
    words: str


class Remark(BotError):
    """Something that works, and that somebody may want to know."""

    code = "remark"


class Moot(BotError):
    """There is no use in looking, as something that comes before it is not in order."""

    code = "moot"


@dataclass(frozen=True, slots=True)
class Check(Generic[P]):
    """One thing to look at.

    `look` gives a sentence, or None where there is nothing to look at from here. It raises
    `Remark` for what works and may be wanted otherwise, `Moot` where another check tells already
    what is wrong, and any other error for what does not work.
    """

    subject: str
    look: Callable[[P], Awaitable[str | None]]


async def run(checks: Sequence[Check[P]], patient: P) -> list[Finding]:
    """Look at everything at once; the findings come in the order of the checks."""
    found = await asyncio.gather(*(_one(check, patient) for check in checks))
    return [finding for finding in found if finding is not None]


async def _one(check: Check[P], patient: P) -> Finding | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            words = await check.look(patient)
    except Moot:
        return None
    except Remark as error:
        return Finding(subject=check.subject, level=Level.NOTE, words=error.sentence)
    except BotError as error:
        return Finding(subject=check.subject, level=Level.BAD, words=error.sentence)
    except TimeoutError:
        words = f"gives no answer within {PATIENCE_SECONDS} seconds. Look at the network."
        return Finding(subject=check.subject, level=Level.BAD, words=words)
    except Exception:
        log.exception("the check of %s broke", check.subject)
        words = "could not be looked at. The log says why."
        return Finding(subject=check.subject, level=Level.BAD, words=words)
    return None if words is None else Finding(subject=check.subject, level=Level.FINE, words=words)
