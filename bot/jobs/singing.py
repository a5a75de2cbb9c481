"""Songs: words are checked for the model that is to sing them before anything is spent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from random import Random

from bot import catalogue
from bot.catalogue import Ask, Endpoint, Market, Order
from bot.domain.ids import JobId
from bot.domain.job import AudioFormat, Job, Kind
from bot.domain.money import usd
from bot.errors import InvalidInput
from bot.jobs.defaults import own_model, usual_model
from bot.jobs.material import AttachedFile
from bot.jobs.reworks import Reworks
from bot.jobs.service import Asker, JobService


class FlawedWords(InvalidInput):
    """The model would stumble over these words.

    Attributes:
        mended: The words put right; None where that needs judgement.
    """

    def __init__(self, sentence: str, mended: str | None) -> None:
        super().__init__(sentence)
        self.mended = mended


class NoWords(InvalidInput):
    """There is nothing to sing, and the chosen model does not write it.

    Attributes:
        writer: The title of a model that would, with what it costs; None where there is none.
    """

    def __init__(self, sentence: str, writer: str | None) -> None:
        super().__init__(sentence)
        self.writer = writer


class Singing:
    """Takes in requests for songs."""

    def __init__(self, service: JobService, reworks: Reworks) -> None:
        self._service = service
        self._reworks = reworks

    async def sing(
        self,
        ask: Ask,
        by: Asker,
        *,
        audio_format: AudioFormat | None = None,
        reference: AttachedFile | None = None,
        parent: JobId | None = None,
    ) -> Job:
        """Ask for a song, once its words are such that the model can sing them.

        Where there are none and nobody chose a model, one that writes words is taken.

        Raises:
            FlawedWords, NoWords: The words need a look; nothing was charged.
            UserError, AudioError, ProviderError, DeliveryError: As `JobService.ask`.
        """
        chosen = await self._service.enter(by)
        market = self._service.market.only(chosen.allowed_models)
        preferred = own_model(chosen, Kind.SONG, market)
        if reference is not None:
            ask = await self._reworks.with_reference(
                ask, reference, preferred=preferred, market=market
            )
        if ask.lyrics and ask.lyrics.strip():
            named = None if ask.model is None else catalogue.find(ask.model)
            _check_words(ask, named or usual_model(chosen, Kind.SONG, market))
        elif not ask.instrumental and (ask.model is None or not ask.write_lyrics):
            ask = _with_writer(ask, preferred, market)
        return await self._service.ask(ask, by, audio_format=audio_format, parent=parent)


def _check_words(ask: Ask, model: type[Endpoint]) -> None:
    """Refuse lyrics that the model would stumble over, and put them right where possible."""
    typed = ask.lyrics or ""
    mended: str | None = typed
    sentences: list[str] = []
    while mended is not None and (flaws := catalogue.check_lyrics(model, mended, ask.duration)):
        sentences += [one.sentence for one in flaws if one.sentence not in sentences]
        better = next((one.fixed for one in flaws if one.fixed is not None), None)
        mended = None if better == mended else better
    if sentences:
        raise FlawedWords(" ".join(sentences), mended)


def _with_writer(ask: Ask, preferred: str | None, market: Market) -> Ask:
    """Have the words written, by a model of our choice where the member named none."""
    ask = replace(ask, write_lyrics=True)
    if ask.model is not None and catalogue.find(ask.model).about.writes_lyrics:
        return ask
    order = _writer(ask, preferred, market)
    if ask.model is None:
        return ask if order is None else replace(ask, model=order.model)
    title = catalogue.find(ask.model).about.title
    sentence = f"{title} sings the words it is given, and there are none. Write some"
    if order is None:
        raise NoWords(f"{sentence}.", None)
    writer = f"{order.title} (about {usd(order.estimate)})"
    raise NoWords(f"{sentence}, or have them written by {writer}.", order.title)


def _writer(ask: Ask, preferred: str | None, market: Market) -> Order | None:
    """Give what the first model that writes words would make of a request, if there is one."""
    writers = [
        model.about.endpoint
        for model in catalogue.models(Kind.SONG, market=market)
        if model.about.writes_lyrics
        and (market.is_listed(model) or model.about.endpoint == preferred)
    ]
    for endpoint in sorted(writers, key=lambda one: one != preferred):
        with suppress(InvalidInput):
            return catalogue.prepare(replace(ask, model=endpoint), random=Random(0), market=market)
    return None
