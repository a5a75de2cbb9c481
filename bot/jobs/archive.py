"""What can be done with a piece that is finished: look it up, take it away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.audio.fit import Fit, Tags, is_lossless
from bot.audio.naming import file_name
from bot.domain.ids import GuildId, JobId, MessageId
from bot.domain.job import AudioFormat, Job, Json, Kind, State
from bot.domain.takes import as_one
from bot.errors import AudioError, InvalidInput, LostRace, NotFound, NotYours
from bot.jobs.audit_trail import Moderated
from bot.jobs.bin import Bin
from bot.jobs.board import Sound
from bot.jobs.parcels import MOST_FILES, REQUEST_BYTES, most_bytes, parcelled
from bot.jobs.pieces import Part, parts_of
from bot.jobs.runtime import Runtime
from bot.jobs.service import Asker
from bot.jobs.sources import Sources
from bot.jobs.titles import bare
from bot.store import delivering_late, jobs, lineage
from bot.store.history import family
from bot.store.takes import takes

MOST_BYTES = REQUEST_BYTES
"""What one message may carry in all."""

CHILDREN = 5

log = logging.getLogger(__name__)


class Archive:
    """The finished pieces of all servers; each server sees its own."""

    def __init__(self, runtime: Runtime, sources: Sources) -> None:
        self._rt = runtime
        self._sources = sources
        self._bin = Bin(runtime)

    async def piece(self, job_id: JobId, guild_id: GuildId) -> Job:
        """Find a piece of a server.

        Raises:
            NotFound: There is none of this id here.
        """
        job = await self._rt.db.read(jobs.get, job_id)
        if job is None or job.guild_id != guild_id:
            raise NotFound("Minstrel does not know this piece, or it belongs to another server.")
        return job

    async def parts(self, job: Job) -> list[Part]:
        """List the variations, or the stems, on a piece's card; none for a lone piece."""
        return parts_of(await self._rt.db.read(takes, job.card_owner))

    @asynccontextmanager
    async def copy(
        self,
        job: Job,
        audio_format: AudioFormat | None,
        *,
        letter: str | None,
        limit_bytes: int,
        is_strict: bool = False,
    ) -> AsyncIterator[Sound]:
        """Give a piece as another kind of file, for as long as the context lasts.

        Args:
            job: The piece.
            audio_format: The kind of file; None for the one that the model made.
            letter: Which of several variations.
            limit_bytes: What the place it goes to takes.
            is_strict: Whether it is to be this kind of file or none.

        Raises:
            NotFound, InvalidInput, AudioError: It cannot be had, or not in that size.
        """
        async with self._sources.of_job(job, letter=letter) as source:
            if audio_format is None:
                if source.probe.size > limit_bytes:
                    raise InvalidInput(
                        f"The original has {source.probe.size / 2**20:.0f} MiB, and only "
                        f"{limit_bytes / 2**20:.0f} MiB can be sent here. Choose mp3 or ogg."
                    )
                yield Sound(
                    path=source.path,
                    file_name=source.file_name,
                    seconds=source.seconds,
                    label=source.label,
                )
                return
            fit = Fit(
                format=audio_format,
                limit_bytes=limit_bytes,
                tags=Tags(title=job.prompt),
                is_strict=is_strict,
            )
            fitted = await self._rt.workshop.fit(source.path, source.path.parent / "copy", fit)
            stem = source.file_name.rpartition(".")[0]
            yield Sound(
                path=fitted.path,
                file_name=f"{stem}.{fitted.ending}",
                seconds=fitted.seconds,
                note=fitted.note,
                waveform=fitted.waveform,
                letter=None if source.label else letter,
                seed=source.parent.seed if source.parent is not None else None,
                label=source.label,
            )

    async def show(self, job: Job, by: Asker) -> None:
        """Post a piece once more, where somebody wants to see it, with its family.

        Replies to the new message, and its buttons, work like those of the card. What its own
        channel did not take arrives here; that is for whoever asked for it to decide.

        Raises:
            NotFound, AudioError: There is no audio to show any more.
            DeliveryError: It cannot be posted there.
        """
        rt = self._rt
        stored = await rt.takes(await rt.settled(job))
        together = [
            replace(take, state=State.DELIVERED, failure=None)
            if take.state is State.UNDELIVERED and take.user_id == by.user_id
            else take
            for take in stored
        ]
        whole = as_one(together)
        if whole.state is not State.DELIVERED:
            raise NotFound("This piece has no audio to show. Its card says what became of it.")
        relations = await rt.db.read(family, whole)
        async with AsyncExitStack() as stack:
            sounds = await self._copies(whole, stack)
            state = replace(
                rt.card(together), sounds=sounds, children=relations.children[:CHILDREN]
            )
            message = await rt.board.repost(state, by.channel_id, nonce=str(by.interaction_id))
        await rt.db.write(
            delivering_late.deliver, whole.id, message, by.channel_id, now=rt.clock.now()
        )

    async def _copies(self, whole: Job, stack: AsyncExitStack) -> tuple[Sound, ...]:
        """Give all that is on a card once more, for as long as the stack is open."""
        rt = self._rt
        limit = await rt.board.limit_bytes(whole)
        parts = await self.parts(whole)
        letters: Sequence[str | None] = [part.letter for part in parts] or [None]

        async def copied(limit_bytes: int, *, is_strict: bool = False) -> list[Sound]:
            return [
                await stack.enter_async_context(
                    self.copy(
                        whole,
                        whole.format,
                        letter=letter,
                        limit_bytes=limit_bytes,
                        is_strict=is_strict,
                    )
                )
                for letter in letters
            ]

        if whole.kind is Kind.STEMS and is_lossless(whole.format):
            with suppress(AudioError):
                sounds = await copied(most_bytes(whole.format, limit), is_strict=True)
                folder = await stack.enter_async_context(self._sources.folder())
                parcels = await parcelled(
                    sounds, folder, limit_bytes=limit, name=partial(_zip_name, whole)
                )
                if parcels is not None:
                    return parcels
        return tuple(await copied(min(limit, REQUEST_BYTES // len(letters))))[:MOST_FILES]

    async def delete(
        self, job_id: JobId, by: Asker, *, pressed_on: MessageId | None = None
    ) -> datetime | None:
        """Take a piece away for everybody: its messages, the files kept of it, and where it came from.

        What was asked and paid stays on record. The message it was pressed on goes in any case: a
        copy can be quicker to be seen than to be written down.

        Returns:
            Until when `restore` brings it back; None where there was nothing left of it.

        Raises:
            NotFound, NotYours: It is not there, or not theirs to delete.
            InvalidInput: It is still being made.
        """
        job = await self._rt.settled(await self.piece(job_id, by.guild_id))
        if job.user_id != by.user_id and not by.moderates:
            raise NotYours(
                "Only the member who asked for this, or someone who may manage messages, can "
                "delete it."
            )
        together = await self._rt.db.read(takes, job.card_owner)
        if not as_one(together).state.is_final:
            raise InvalidInput("This is still being made. Press Cancel first.")
        rt = self._rt
        messages = await rt.db.read(lineage.messages, job.card_owner)
        if pressed_on is not None and (by.channel_id, pressed_on) not in messages:
            messages.append((by.channel_id, pressed_on))
        for channel_id, message_id in messages:
            await rt.board.remove(replace(job, channel_id=channel_id, card_id=message_id))
        for take in together:
            await self._amend(take, files=(), result=None)
        if any(take.result is not None for take in together):
            log.info("job %s: deleted by %s", job.id, by.user_id)
            if job.user_id != by.user_id:
                rt.audit.note(Moderated(job=job, by=by.user_id, was_deleted=True))
            return self._bin.put(together, by.user_id)
        # Deleted before: this was a copy, or the second of two presses.
        if not self._bin.has(job.card_owner):
            for take in together:
                await asyncio.to_thread(rt.shelf.remove, take.id)
        return None

    async def restore(self, job_id: JobId, by: Asker) -> None:
        """Bring back a piece that the same member deleted a moment ago, on a new card.

        Raises:
            InvalidInput: It is too late for that.
            NotFound: There is no such piece here.
            AudioError, DeliveryError: It is back, and cannot be shown; /show does it later.
        """
        rt = self._rt
        owner = (await self.piece(job_id, by.guild_id)).card_owner
        kept = self._bin.take_back(owner, by.user_id)
        if kept is None:
            raise InvalidInput("It is too late to bring this back. Ask for it anew.")
        for take in kept:
            await self._amend(take, files=take.files, result=take.result)
        log.info("job %s: brought back by %s", owner, by.user_id)
        together = await rt.db.read(takes, owner)
        whole = as_one(await rt.takes(together[0]))
        async with AsyncExitStack() as stack:
            sounds: tuple[Sound, ...] = ()
            if whole.state is State.DELIVERED:
                sounds = await self._copies(whole, stack)
            state = replace(rt.card(together), sounds=sounds)
            message = await rt.board.repost(state, whole.channel_id, nonce=str(by.interaction_id))
        leader: Job | None = together[0]
        while leader is not None:
            try:
                leader = await rt.db.write(jobs.set_card, leader, message, rt.clock.now())
            except LostRace:
                leader = await rt.db.read(jobs.get, owner)
            else:
                return

    async def close(self) -> None:
        """Let nothing lie around that was deleted: the process is about to end."""
        await self._bin.empty()

    async def _amend(
        self, take: Job | None, *, files: tuple[str, ...], result: Mapping[str, Json] | None
    ) -> None:
        """Write down where a job's sound is, whoever touches the job meanwhile."""
        rt = self._rt
        while take is not None:
            try:
                await rt.db.write(jobs.amend, take, now=rt.clock.now(), files=files, result=result)
            except LostRace:
                # The runner notes that the card shows the end, or somebody pressed Delete twice.
                take = await rt.db.read(jobs.get, take.id)
            else:
                return


def _zip_name(whole: Job, part: str) -> str:
    return file_name(bare(whole.prompt), whole.id, "zip", part=part)
