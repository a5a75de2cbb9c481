"""Making something new of a piece, or of a file that a member brings along."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from bot import catalogue
from bot.catalogue import NO_NEWS, Ask, Market
from bot.domain.ids import GuildId, JobId, MessageId
from bot.domain.job import LETTERS, AudioFormat, Job
from bot.domain.viewer import Viewer
from bot.errors import InvalidInput, NotFound
from bot.jobs.defaults import own_models
from bot.jobs.links import MessageRef, parse_source
from bot.jobs.material import AttachedFile, Source, check
from bot.jobs.pieces import parts_of
from bot.jobs.remixing import Change, Remixer
from bot.jobs.replies import Again, parse
from bot.jobs.runtime import Runtime
from bot.jobs.service import Asker, JobService
from bot.jobs.sources import Sources
from bot.store import jobs, lineage
from bot.store.history import Suggested, suggest_sources
from bot.store.takes import takes

_NOT_HERE = (
    "There is no such piece on this server, or it stands in a channel that you may not read. Pick "
    "one from the list while typing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is to be worked on: a piece, one of its variations, or a file."""

    of: Job | AttachedFile
    letter: str | None = None


class Reworks:
    """Remixes, extensions, new words, stems: everything that begins with a sound."""

    def __init__(self, runtime: Runtime, service: JobService, sources: Sources) -> None:
        self._rt = runtime
        self._service = service
        self._sources = sources
        self._remixer = Remixer(sources, runtime.provider_of)

    async def find(self, typed: str, guild_id: GuildId, viewer: Viewer) -> Origin:
        """Find what a member pointed at with an id or a link, if it is theirs to see.

        Raises:
            NotFound, NotAllowed, InvalidInput, DeliveryError: With a sentence for the member.
        """
        pointer = parse_source(typed, guild_id)
        target = pointer.target
        is_link = isinstance(target, MessageRef)
        if isinstance(target, MessageRef) and not viewer.may_read(target.channel_id):
            raise NotFound(_NOT_HERE)
        found = await self._sources.find(pointer, guild_id)
        if isinstance(found, Job) and not is_link:
            places = await self._rt.db.read(lineage.messages, found.card_owner)
            if not viewer.may_see(found, [channel_id for channel_id, _ in places]):
                raise NotFound(_NOT_HERE)
        return Origin(of=found, letter=pointer.letter)

    async def on_message(self, message_id: MessageId, guild_id: GuildId) -> Job | None:
        """Give the piece that one of the bot's messages is about, if it is one."""
        job = await self._rt.db.read(jobs.by_card, message_id)
        return job if job is not None and job.guild_id == guild_id else None

    async def suggest(self, typed: str, guild_id: GuildId, viewer: Viewer) -> list[Suggested]:
        """List the server's pieces that match what was typed so far, and are theirs to see."""
        return await self._rt.db.read(suggest_sources, guild_id, typed, viewer=viewer)

    async def rework(
        self,
        origin: Origin,
        change: Change,
        by: Asker,
        *,
        model: str | None = None,
        audio_format: AudioFormat | None = None,
    ) -> Job:
        """Ask for something new made of a source, at the cost of whoever asks.

        The same interaction or reply delivered twice is one job, and its source is uploaded once.

        Raises:
            UserError, AudioError, ProviderError, DeliveryError: Nothing was charged.
        """
        if (repeated := await self._rt.db.read(jobs.get, JobId(by.interaction_id))) is not None:
            return repeated
        chosen = await self._service.enter(by)
        market = self._service.market.only(chosen.allowed_models)
        async with self._open(origin) as source:
            remix = await self._remixer.prepare(
                change,
                source,
                model=model,
                preferred=own_models(chosen, market),
                market=market,
                approve=lambda ask: self._service.approve(ask, by),
            )
        return await self._service.ask(
            remix.ask, by, audio_format=audio_format, parent=remix.parent_id
        )

    async def wish(
        self,
        origin: Origin,
        text: str,
        by: Asker,
        *,
        bot_id: int | None = None,
        model: str | None = None,
    ) -> Job:
        """Do what a reply to a card, or a form about a sound, says in its own words.

        Raises:
            InvalidInput: It was not understood; the sentence shows the right form.
            UserError, AudioError, ProviderError, DeliveryError: Nothing was charged.
        """
        of = origin.of
        parts = (
            parts_of(await self._rt.db.read(takes, of.card_owner)) if isinstance(of, Job) else []
        )
        letters = [part.letter for part in parts]
        reply = parse(text, bot_id=bot_id, variations=places(letters))
        if not isinstance(reply.wish, Again):
            chosen = Origin(of=of, letter=which(origin.letter, reply.letter, first=letters[:1]))
            return await self.rework(chosen, reply.wish, by, model=model)
        if not isinstance(of, Job):
            raise InvalidInput("This file was not made here, so it cannot be made again.")
        return await self._service.again(of.id, by)

    def _open(self, origin: Origin) -> AbstractAsyncContextManager[Source]:
        if isinstance(origin.of, Job):
            return self._sources.of_job(origin.of, letter=origin.letter)
        return self._sources.of_attachment(origin.of)

    async def with_reference(
        self,
        ask: Ask,
        file: AttachedFile,
        *,
        preferred: str | None = None,
        market: Market = NO_NEWS,
    ) -> Ask:
        """Give a song's request with a recording for it to sound like.

        Where nobody chose a model, it is the preferred one if that takes a reference, else the
        best one that does.

        Raises:
            InvalidInput: The chosen model takes none, or not this one.
            NotFound, AudioError, ProviderError: It cannot be had, or not be stored.
        """
        able = [
            one
            for one in catalogue.models(ask.kind, market=market)
            if one.about.takes_audio is not None
        ]
        if not able:
            raise InvalidInput("No model that takes a reference can be had here. Leave it out.")
        if ask.model is not None:
            model = catalogue.find(ask.model)
        else:
            model = next((one for one in able if one.about.endpoint == preferred), able[0])
        if model not in able:
            titles = " or ".join(one.about.title for one in able)
            raise InvalidInput(
                f"{model.about.title} takes no reference. Leave it out, or choose {titles}."
            )
        async with self._sources.of_attachment(file) as source:
            check(source, model, kind=ask.kind)
            provider = self._rt.provider_of(model)
            url = await self._sources.upload(source, provider, model=model)
        endpoint = model.about.endpoint
        return replace(ask, model=endpoint, source_url=url, source_name=file.file_name)


def places(letters: Sequence[str]) -> int:
    """Say how many results a card has room for, those included that came to nothing."""
    return LETTERS.index(letters[-1]) + 1 if letters else 1


def which(chosen: str | None, written: str | None, *, first: Sequence[str]) -> str | None:
    """Settle on a result where a form's menu and its text may both name one.

    The first one is chosen in the menu from the start, so it gives way to what was written.

    Raises:
        InvalidInput: They name two different ones.
    """
    if None in (chosen, written) or chosen == written or chosen in first:
        return written or chosen
    raise InvalidInput(
        f"{chosen} is chosen above, and the text names {written}. Choose one of the two."
    )
