"""Requests that cost so much that their member is asked first.

What was asked for is kept for a day, so that a yes finds it after a restart, and is answered once:
the press that is first becomes the job, and every other one finds that job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.catalogue import Ask, Order
from bot.domain.clock import Clock
from bot.domain.ids import GuildId, JobId, UserId
from bot.domain.job import AudioFormat, Json, Kind
from bot.domain.money import Micros, usd
from bot.errors import NotFound, NotYours, UserError
from bot.jobs.asks import headline, read, typed
from bot.store import Database, drafts
from bot.store.accepting import Answered

OPEN_FOR = timedelta(days=1)

_NOUNS = {
    Kind.MUSIC: "Music",
    Kind.SFX: "A sound effect",
    Kind.SONG: "A song",
    Kind.REMIX: "A remix",
    Kind.STEMS: "The parts of a piece",
}


class NeedsConfirming(UserError):
    """The price is to be confirmed first. Nothing was spent.

    Attributes:
        question_id: Under which the request is kept.
        price: What it would cost.
        prompt: The words by which its member knows it.
    """

    code = "needs_confirming"

    def __init__(self, question: Question) -> None:
        super().__init__(f"{question.what} would cost about {usd(question.price)}. {_ASKS}")
        self.question_id = question.id
        self.price = question.price
        self.prompt = headline(question.ask)


_ASKS = "Nothing is spent unless you confirm it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request whose price has to be confirmed.

    Attributes:
        id: Of the interaction or message that it came with.
        user_id: Who asked, and alone may answer.
        what: What it is, for people.
        price: What it would cost, and what was said.
        job_id: What became of it, once it is confirmed.
        kept: How it stands in the database; whoever changes it says so, so that one answer counts.
    """

    id: int
    guild_id: GuildId
    user_id: UserId
    ask: Ask
    format: AudioFormat | None
    parent: JobId | None
    what: str
    price: Micros
    asked_at: datetime
    job_id: JobId | None = None
    kept: Mapping[str, Json] = field(default_factory=dict)

    def answered_by(self, job_id: JobId) -> Answered:
        """Give what has to be written down, with the job, for this answer to count."""
        return Answered(draft_id=self.id, before=self.kept, after={**self.kept, "job": job_id})


class Questions:
    """Keeps questions in the database, beside the drafts, which `bot.jobs.upkeep` tidies up."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def put(self, question: Question) -> NeedsConfirming:
        """Keep a question, and give what is to be raised for it."""
        await self._db.write(drafts.save, question.id, _content(question))
        return NeedsConfirming(question)

    async def find(self, question_id: int, by: UserId, guild: GuildId) -> Question:
        """Give a question to whoever may answer it.

        Raises:
            NotFound: It is no longer open.
            NotYours: Somebody else is asked.
        """
        content = await self._db.read(drafts.get, question_id)
        question = None if content is None else _read(question_id, content)
        if question is None or question.guild_id != guild or self._is_stale(question):
            raise NotFound(
                "This is no longer open: it was declined, or a day has gone by. Please ask for it "
                "again; nothing was charged."
            )
        if question.user_id != by:
            raise NotYours(
                "Only the member who asked for this can answer. To have it made at your own cost, "
                "ask for it yourself."
            )
        return question

    async def reopen(self, question: Question) -> None:
        """Let a question be answered again, because nothing came of the answer."""
        await self._db.write(drafts.save, question.id, {**question.kept, "job": None})

    async def drop(self, question: Question) -> None:
        """Forget a question that was answered with a no, unless a yes was faster."""
        await self._db.write(drafts.forget, question.id, question.kept)

    def _is_stale(self, question: Question) -> bool:
        return self._clock.now() - question.asked_at >= OPEN_FOR


def what_of(ask: Ask, orders: Sequence[Order]) -> str:
    """Say what is asked for: what, by which model, how long, and how many."""
    first = orders[0]
    words = [f"{_NOUNS[ask.kind]} by {first.title}"]
    if first.seconds is not None:
        words.append(f"{first.seconds:g} seconds")
    if ask.variations > 1:
        words.append(f"{ask.variations} variations")
    return ", ".join(words)


def _content(question: Question) -> dict[str, Json]:
    """Write a question down; `user` is what drafts are found by."""
    return {
        "user": question.user_id,
        "guild": question.guild_id,
        "kind": question.ask.kind.value,
        "options": typed(question.ask),
        "format": None if question.format is None else question.format.value,
        "parent": question.parent,
        "what": question.what,
        "price": question.price,
        "asked": int(question.asked_at.timestamp()),
        "job": question.job_id,
    }


def _read(question_id: int, content: dict[str, Any]) -> Question | None:
    """Read a question; None where something else is kept there."""
    if "price" not in content:
        return None
    kept, parent, job_id = content["format"], content["parent"], content["job"]
    return Question(
        id=question_id,
        guild_id=GuildId(content["guild"]),
        user_id=UserId(content["user"]),
        ask=read(Kind(content["kind"]), content["options"]),
        format=None if kept is None else AudioFormat(kept),
        parent=None if parent is None else JobId(parent),
        what=content["what"],
        price=Micros(content["price"]),
        asked_at=datetime.fromtimestamp(content["asked"], UTC),
        job_id=None if job_id is None else JobId(job_id),
        kept=content,
    )
