"""From a wish and a source to the request that fulfils it.

Everything that can be refused is refused before the source is uploaded anywhere. What was not
typed is carried over from the source; its length and its seed are not taken for the member's own.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TypeAlias, assert_never

from bot.catalogue import NO_NEWS, Ask, Endpoint, Market, Mode, default, find, models, prepare
from bot.domain.ids import JobId
from bot.domain.job import Kind
from bot.errors import InvalidInput
from bot.jobs.material import Source, check, suits
from bot.jobs.replies import Extend, Lyrics, Replace, Restyle, Stems
from bot.jobs.sources import Sources
from bot.jobs.times import clock_time
from bot.jobs.titles import DONE, STEMS, bare, named_after
from bot.providers.base import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class RemixOptions:
    """What /remix was given; None means the option was left empty. Times in seconds."""

    prompt: str | None = None
    mode: Mode | None = None
    lyrics: str | None = None
    start: float | None = None
    end: float | None = None
    before: float | None = None
    after: float | None = None
    strength: float | None = None
    model: str | None = None
    seed: int | None = None
    variations: int = 1
    advanced: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StemsOptions:
    """What /stems was given; no names stand for every part there is."""

    names: tuple[str, ...] = ()
    model: str | None = None
    advanced: str | None = None


Change: TypeAlias = Restyle | Extend | Replace | Lyrics | Stems | RemixOptions | StemsOptions
"""All that makes something new of a source. `Again` needs none: it repeats a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remix:
    """A request that stands on a source.

    Attributes:
        ask: Ready for `bot.catalogue.prepare`, with the source where the provider can read it.
        parent_id: What it is made from, for its lineage; None for what members bring along.
    """

    ask: Ask
    parent_id: JobId | None


class Remixer:
    """Makes requests of wishes.

    Args:
        sources: Uploads the source.
        provider_of: Gives the provider that runs a model, whose storage the source goes into.
    """

    def __init__(self, sources: Sources, provider_of: Callable[[type[Endpoint]], Provider]) -> None:
        self._sources = sources
        self._provider_of = provider_of

    async def prepare(
        self,
        change: Change,
        source: Source,
        *,
        model: str | None = None,
        preferred: Mapping[Kind, str] | None = None,
        market: Market = NO_NEWS,
        approve: Callable[[Ask], Awaitable[None]] | None = None,
    ) -> Remix:
        """Check a wish against its source, upload the source, and give the request.

        Costs nothing. Where nobody chose a model, it is the one that the server prefers for it,
        else the default of the mode, or the next one that takes a source like this.

        Args:
            change: The wish.
            source: What it is about.
            model: The model that the member chose.
            preferred: The models that the server prefers.
            market: What can be had at the moment.
            approve: Raises where the request may not be made; asked before the upload.

        Raises:
            InvalidInput: It cannot be done as asked; nothing was uploaded.
            AudioError, ProviderError: The source could not be converted or stored.
        """
        drafted = draft(change, source)
        if model is not None:
            drafted = replace(drafted, model=model)
        wanted = (preferred or {}).get(drafted.kind)
        ask = choose(drafted, source, preferred=wanted, market=market)
        chosen = rehearse(ask, market=market)
        check(source, chosen, kind=ask.kind, mode=_mode(ask), market=market)
        if approve is not None:
            await approve(ask)
        url = await self._sources.upload(source, self._provider_of(chosen), model=chosen)
        return Remix(ask=replace(ask, source_url=url), parent_id=source.parent_id)


def draft(change: Change, source: Source) -> Ask:
    """Write a wish as a request that lacks only the place of its source.

    Raises:
        InvalidInput: Its times lie outside of the source.
    """
    match change:
        case Stems():
            return _stems(StemsOptions(names=change.names), source)
        case StemsOptions():
            return _stems(change, source)
        case RemixOptions():
            return _remix(change, source)
        case Restyle():
            options = RemixOptions(mode=Mode.RESTYLE, prompt=change.prompt)
        case Lyrics():
            options = RemixOptions(mode=Mode.LYRICS, lyrics=change.text)
        case Extend():
            options = RemixOptions(
                mode=Mode.EXTEND, prompt=change.prompt, before=change.before, after=change.after
            )
        case Replace():
            options = RemixOptions(
                mode=Mode.REPLACE, prompt=change.prompt, start=change.start, end=change.end
            )
        case _:
            assert_never(change)
    return _remix(options, source)


def choose(
    ask: Ask, source: Source, *, preferred: str | None = None, market: Market = NO_NEWS
) -> Ask:
    """Settle on a model that takes a source like this, where nobody chose one.

    A server's preferred model is passed over where it cannot do what is asked, or not to a source
    like this; another one is named then, so that the preference is not applied later after all.

    Raises:
        InvalidInput: There is none, or the chosen one does not take it.
    """
    mode = _mode(ask)
    if ask.model is not None:
        model = find(ask.model)
        if ask.kind in model.about.serves:
            check(source, model, kind=ask.kind, mode=mode, market=market)
        return ask
    if preferred is not None and _can(find(preferred), ask, source):
        return replace(ask, model=preferred)
    first = default(ask.kind, market=market, mode=mode)
    if suits(source, first):
        return ask if preferred is None else replace(ask, model=first.about.endpoint)
    for model in models(ask.kind, market=market, mode=mode):
        if suits(source, model) and market.is_listed(model) and not market.is_hidden(model):
            return replace(ask, model=model.about.endpoint)
    check(source, first, kind=ask.kind, mode=mode, market=market)
    return ask


def _can(model: type[Endpoint], ask: Ask, source: Source) -> bool:
    mode = _mode(ask)
    does = ask.kind in model.about.serves and (mode is None or mode in model.about.modes)
    return does and suits(source, model)


def rehearse(ask: Ask, *, market: Market = NO_NEWS) -> type[Endpoint]:
    """Run through the whole request with a source in pretence, and give the model it is for.

    Raises:
        InvalidInput: The request would be refused.
    """
    rehearsal = replace(ask, source_url="https://source.invalid/audio")
    return find(prepare(rehearsal, random=Random(0), market=market).model)


def _mode(ask: Ask) -> Mode | None:
    return ask.remix_mode if ask.kind is Kind.REMIX else None


def _title(source: Source, done: str) -> str:
    """Name what becomes of a source after it, for whoever said nothing of their own."""
    name = source.prompt or source.file_name.rpartition(".")[0]
    return named_after(name if source.label is None else f"{bare(name)}: {source.label}", done)


def _remix(options: RemixOptions, source: Source) -> Ask:
    start, end = _section(options, source.seconds)
    for side in (options.before, options.after):
        if side is not None and not side > 0:
            raise InvalidInput(
                "What is added has to be longer than 0 seconds. Give the seconds to add before "
                "or after, such as 30."
            )
    ask = Ask(
        kind=Kind.REMIX,
        prompt=options.prompt,
        mode=options.mode,
        lyrics=options.lyrics,
        start=start,
        end=end,
        before=options.before,
        after=options.after,
        strength=options.strength,
        model=options.model,
        seed=options.seed,
        variations=options.variations,
        advanced=options.advanced,
        source_seconds=source.seconds,
        source_name=source.told_name,
        original=source.original,
    )
    return ask if options.prompt else replace(ask, title=_title(source, DONE[ask.remix_mode]))


def _section(options: RemixOptions, seconds: float | None) -> tuple[float | None, float | None]:
    """Give the part to replace; one end alone reaches from the start, or to the end.

    Players show whole seconds, so that an end within the source's last, begun second is meant to
    be its end.
    """
    start, end = options.start, options.end
    if start is None and end is None:
        return None, None
    start = 0.0 if start is None else start
    if start < 0 or (end is not None and end < 0):
        raise InvalidInput("Times count from the beginning of the audio, from 0 seconds on.")
    if seconds is not None:
        end = seconds if end is None or seconds < end < seconds + 1 else end
        if max(start, end) > seconds or start >= seconds:
            raise InvalidInput(
                f"The part from {clock_time(start)} to {clock_time(end)} is not within the audio, "
                f"which is {clock_time(seconds)} long. Give times before its end."
            )
    if end is not None and end <= start:
        raise InvalidInput(
            f"The part to replace starts at {clock_time(start)} and ends at {clock_time(end)}. "
            "Give an end that is later than the start."
        )
    return start, end


def _stems(options: StemsOptions, source: Source) -> Ask:
    advanced = options.advanced
    if options.names:
        named = f"stems={json.dumps(list(options.names))}"
        advanced = f"{named} {advanced}" if advanced else named
    return Ask(
        kind=Kind.STEMS,
        title=_title(source, STEMS),
        model=options.model,
        advanced=advanced,
        source_seconds=source.seconds,
        source_name=source.told_name,
        original=source.original,
    )
