"""Getting hold of a source: from the shelf, from its message, from its maker, or from a member.

A link that Discord gave is good for a day and is fetched here at once; vendors only ever see what
was put into their own storage.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, Self

from bot.audio.disk import disk_trouble
from bot.audio.download import Downloader
from bot.audio.fit import Fit, Probe
from bot.audio.naming import file_name
from bot.audio.shelf import Shelf
from bot.audio.workshop import Workshop
from bot.catalogue import Endpoint
from bot.catalogue.about import FAL_STORAGE_BYTES, AudioInput
from bot.domain.ids import ChannelId, GuildId, MessageId
from bot.domain.job import LETTERS, AudioFormat, Job
from bot.errors import (
    AudioError,
    BotError,
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    InvalidInput,
    MessageGone,
    NotFound,
)
from bot.jobs.attached import about_attachment, check_announced, plain_name
from bot.jobs.links import MessageRef, Pointer
from bot.jobs.material import CAN_BE_CONVERTED, CONTENT_TYPES, UNREAD, AttachedFile, Source
from bot.jobs.originals import carried_over
from bot.jobs.pieces import Piece, pick
from bot.jobs.replies import checked_letter
from bot.jobs.runtime import Runtime
from bot.jobs.titles import bare
from bot.providers.base import Provider
from bot.store import jobs, lineage
from bot.store.database import Database
from bot.store.takes import takes

log = logging.getLogger(__name__)

RESULT_LIMIT_BYTES = 256 * 1024 * 1024
ATTACHMENT_LIMIT_BYTES = FAL_STORAGE_BYTES
DOWNLOAD_SECONDS = 120
MOST_MESSAGES = 3
"""On so many of a piece's messages its audio is looked for."""

REMIX_KBPS = 320
"""What is encoded anew on its way to a model will be encoded once more on its way back."""

_NOT_THE_FILES = frozenset({"disk_full", "disk_error", "stopped", "internal", "too_long"})
"""Trouble with which looking for the file elsewhere does not help."""
_PASSING = frozenset({"unreachable", "timeout", "truncated"})
_ABSENT = frozenset({"gone", "forbidden", "bad_link"})


class Attachments(Protocol):
    """Where the files on messages are looked up."""

    async def attachments_of(
        self, channel_id: ChannelId, message_id: MessageId, *, within: GuildId | None = None
    ) -> Sequence[AttachedFile]:
        """List the files of a message, with links that are good now.

        Args:
            channel_id: Where the message stands.
            message_id: Which it is.
            within: The server that the channel must belong to, where a member named it.

        Raises:
            MessageGone, ChannelGone, MissingPermissions: It cannot be seen (any more), or the
                channel belongs to another server.
            DiscordUnavailable: Try again later.
        """


class Sources:
    """Brings sources to disk, and into a provider's storage."""

    def __init__(
        self,
        *,
        db: Database,
        downloader: Downloader,
        workshop: Workshop,
        shelf: Shelf,
        work_dir: Path,
        attachments: Attachments,
    ) -> None:
        self._db = db
        self._downloader = downloader
        self._workshop = workshop
        self._shelf = shelf
        self._work_dir = work_dir
        self._attachments = attachments

    @classmethod
    def of(cls, runtime: Runtime, attachments: Attachments) -> Self:
        """Build on what the jobs themselves work with."""
        return cls(
            db=runtime.db,
            downloader=runtime.downloader,
            workshop=runtime.workshop,
            shelf=runtime.shelf,
            work_dir=runtime.work_dir,
            attachments=attachments,
        )

    async def find(self, pointer: Pointer, guild_id: GuildId) -> Job | AttachedFile:
        """Find what a member points at: one of the guild's pieces, or a file on a message.

        Whether the member may see that message is for the caller to know.

        Raises:
            NotFound: There is nothing of the kind in this guild.
            InvalidInput: The message has fewer files than the letter says.
            MissingPermissions, DiscordUnavailable: The message cannot be seen.
        """
        target = pointer.target
        if isinstance(target, MessageRef):
            job = await self._db.read(jobs.by_card, target.message_id)
        else:
            job = await self._db.read(jobs.get, target) or await self._db.read(
                jobs.by_card, MessageId(target)
            )
        if job is not None and job.guild_id == guild_id:
            return job
        if job is not None or not isinstance(target, MessageRef):
            raise NotFound(
                "There is no such piece on this server. Pick one from the list while typing, or "
                "paste a link to its message."
            )
        return await self._on_message(target, guild_id, pointer.letter)

    async def _on_message(
        self, target: MessageRef, guild_id: GuildId, letter: str | None
    ) -> AttachedFile:
        try:
            found = await self._attachments.attachments_of(
                target.channel_id, target.message_id, within=guild_id
            )
        except (MessageGone, ChannelGone) as error:
            raise NotFound(
                "There is no such message on this server any more. Attach the file itself instead."
            ) from error
        audio = [one for one in found if one.is_audio]
        if not audio:
            raise NotFound(
                "I see no audio on that message. Open its menu and choose Apps, Remix this, or "
                "attach the file itself."
            )
        return audio[LETTERS.index(checked_letter(letter, len(audio)) or LETTERS[0])]

    @asynccontextmanager
    async def of_job(self, job: Job, *, letter: str | None = None) -> AsyncIterator[Source]:
        """Get hold of a piece: as we keep it, else as its message does, else as its maker does.

        The files are gone when the context ends.

        Raises:
            NotFound: There is nothing to be had any more, or not yet.
            InvalidInput: There is no such letter.
            AudioError, DiscordUnavailable: It cannot be had at the moment, or not be read.
        """
        together = await self._db.read(takes, job.card_owner)
        piece = pick(together or [job], job, letter)
        parents = await self._db.read(lineage.parents, piece.job)
        part = piece.file.label or piece.letter or ""
        async with self.folder() as folder:
            path, probe = await self._get(piece, folder)
            yield Source(
                path=path,
                probe=probe,
                file_name=file_name(
                    bare(job.prompt) if part else job.prompt, piece.job.id, probe.format, part=part
                ),
                content_type=CONTENT_TYPES.get(probe.format, "audio/wav"),
                parent=piece.job,
                letter=piece.letter,
                label=piece.file.label,
                original=carried_over(piece.job, parents, stem=piece.file.label),
                prompt=job.prompt or None,
            )

    @asynccontextmanager
    async def of_attachment(self, file: AttachedFile) -> AsyncIterator[Source]:
        """Get hold of a file that is on a message or came with a command.

        Its size is looked at before it is fetched, its kind afterwards: names and types that are
        told may be wrong. The files are gone when the context ends.

        Raises:
            InvalidInput: It is too large or too long, or no audio.
            NotFound: It is gone.
            AudioError: It cannot be had at the moment.
        """
        check_announced(file, limit_bytes=ATTACHMENT_LIMIT_BYTES)
        async with self.folder() as folder:
            path = folder / "attached"
            with about_attachment(file):
                await self._fetch(
                    file.url,
                    path,
                    limit_bytes=ATTACHMENT_LIMIT_BYTES,
                    told_bytes=file.size,
                    from_discord=True,
                )
                probe = await self._workshop.probe(path)
            yield Source(
                path=path,
                probe=probe,
                file_name=plain_name(file.file_name, probe.format),
                content_type=CONTENT_TYPES.get(probe.format, "audio/wav"),
                told_name=file.file_name,
            )

    async def upload(self, source: Source, provider: Provider, *, model: type[Endpoint]) -> str:
        """Put a source into the provider's storage, as a kind of file that the model reads.

        Raises:
            InvalidInput: It would have to be converted and cannot be.
            AudioError: It could not be converted.
            ProviderError: It could not be stored.
        """
        path, ending = await self._readable(source, model.about.takes_audio or AudioInput())
        data = await asyncio.to_thread(path.read_bytes)
        name = source.file_name.rpartition(".")[0] or "source"
        return await provider.upload(
            data, content_type=CONTENT_TYPES[ending], file_name=f"{name}.{ending}"
        )

    async def _readable(self, source: Source, takes_audio: AudioInput) -> tuple[Path, str]:
        """Give the file as it is where the model reads it, else converted; with its ending."""
        probe = source.probe
        if probe.format in takes_audio.formats and probe.size <= takes_audio.max_bytes:
            return source.path, probe.format
        if probe.format in UNREAD:
            raise InvalidInput(
                f"I cannot convert {probe.format.upper()} files, and the model does not take this "
                f"one as it is. Attach it as {CAN_BE_CONVERTED}."
            )
        is_lossless = probe.format not in {"mp3", "ogg"}
        fit = Fit(
            format=AudioFormat.WAV
            if is_lossless and "wav" in takes_audio.formats
            else AudioFormat.MP3,
            limit_bytes=takes_audio.max_bytes,
            kbps=REMIX_KBPS,
        )
        into = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=source.path.parent))
        fitted = await self._workshop.fit(source.path, into, fit)
        return fitted.path, fitted.ending

    # -- where a piece may be ------------------------------------------------------------------

    async def _get(self, piece: Piece, folder: Path) -> tuple[Path, Probe]:
        """Bring a piece to disk from the first place that has it, whole."""
        ways: tuple[Callable[[Piece, Path], Awaitable[bool]], ...] = (
            self._from_shelf,
            self._from_message,
            self._from_maker,
        )
        passing: BotError | None = None
        spoilt: BotError | None = None
        for number, way in enumerate(ways):
            path = folder / f"source-{number}"
            try:
                if await way(piece, path):
                    return path, await self._workshop.probe(path)
            except DiscordUnavailable as error:
                passing = error
            except AudioError as error:
                if error.code in _NOT_THE_FILES:
                    raise
                log.info("job %s: not to be had there: %s", piece.job.id, error.sentence)
                if error.code in _PASSING:
                    passing = error
                elif error.code not in _ABSENT:
                    spoilt = error
        raise (
            passing
            or spoilt
            or NotFound(
                "The audio of this piece is gone: it is not kept here any more, and neither its "
                "message nor the service that made it has it. Use Again on its card to make a new "
                "one, or attach the file if you saved it."
            )
        )

    async def _from_shelf(self, piece: Piece, path: Path) -> bool:
        if len(piece.job.files) != piece.count:
            return False
        kept = self._shelf.path(piece.job.files[piece.index])
        await asyncio.to_thread(_borrow, kept, path)
        return True

    async def _from_message(self, piece: Piece, path: Path) -> bool:
        """Fetch it from the card, else from a copy of the card; their links are asked for anew."""
        job = piece.job
        messages = await self._db.read(lineage.messages, job.card_owner)
        messages.sort(key=lambda message: message[1] != job.card_id)
        for channel_id, message_id in messages[:MOST_MESSAGES]:
            try:
                found = await self._attachments.attachments_of(channel_id, message_id)
            except DiscordUnavailable:
                raise
            except DeliveryError as error:
                log.info("job %s: a message is out of reach: %s", job.id, error.sentence)
                continue
            audio = [one for one in found if one.is_audio]
            # With any other number of files there is no telling which is which.
            if len(audio) == piece.ranks:
                url = audio[piece.rank].url
                await self._fetch(url, path, limit_bytes=RESULT_LIMIT_BYTES, from_discord=True)
                return True
        return False

    async def _from_maker(self, piece: Piece, path: Path) -> bool:
        await self._fetch(piece.file.url, path, limit_bytes=RESULT_LIMIT_BYTES)
        return True

    async def _fetch(
        self,
        url: str,
        path: Path,
        *,
        limit_bytes: int,
        told_bytes: int | None = None,
        from_discord: bool = False,
    ) -> None:
        await self._downloader.fetch(
            url,
            path,
            limit_bytes=limit_bytes,
            total_seconds=DOWNLOAD_SECONDS,
            told_bytes=told_bytes,
            from_discord=from_discord,
        )

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """Lend a folder that goes with everything in it, whatever happens."""
        folder = await asyncio.to_thread(_make_folder, self._work_dir)
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _make_folder(work_dir: Path) -> Path:
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="source-", dir=work_dir))
    except OSError as error:
        raise disk_trouble(error) from error


def _borrow(kept: Path, path: Path) -> None:
    """Give a kept file a second name, so that a sweep of the shelf does not take it away."""
    try:
        os.link(kept, path)
    except OSError:
        shutil.copyfile(kept, path)
