"""What goes into the catalogue and what comes out: a member's options, and a request body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.job import Json, Kind
from bot.domain.money import Micros
from bot.domain.offers import PriceSource


class Mode(StrEnum):
    """What a remix does to its source."""

    RESTYLE = "restyle"
    LYRICS = "lyrics"
    EXTEND = "extend"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What is known of a remix's source, carried over where an endpoint has a field for it."""

    tags: str | None = None
    lyrics: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a member typed, by option. None means the option was left empty.

    Attributes:
        title: What the member calls the result; shown, and never sent.
        prompt: Free text, kept exactly as typed.
        model: Endpoint id or title, as typed; None lets the catalogue choose.
        duration: Seconds.
        tempo: Beats per minute.
        variations: How many results are wanted; see `Order.outputs`.
        style: How a song should sound; stands in for the prompt, or is added to it.
        write_lyrics: Whether the model is to write the words itself.
        strength: How much of a source may change, in the model's own scale.
        source_url: Where the provider can read the source of a remix.
        source_seconds: The source's length, where known; estimates are then exact.
        source_name: What the file is called that the member brought along; never sent.
        start, end: The section to replace, in seconds of the source.
        before, after: Seconds to add on either side of the source.
        advanced: Further fields of the endpoint, as ``steps=60 scheduler=heun``.
    """

    kind: Kind
    title: str | None = None
    prompt: str | None = None
    model: str | None = None
    duration: float | None = None
    negative_prompt: str | None = None
    genre: str | None = None
    tempo: int | None = None
    key: str | None = None
    seed: int | None = None
    variations: int = 1
    lyrics: str | None = None
    style: str | None = None
    instrumental: bool | None = None
    write_lyrics: bool | None = None
    loop: bool | None = None
    strength: float | None = None
    mode: Mode | None = None
    source_url: str | None = None
    source_seconds: float | None = None
    source_name: str | None = None
    start: float | None = None
    end: float | None = None
    before: float | None = None
    after: float | None = None
    original: Original = Original()
    advanced: str | None = None

    @property
    def original_tags(self) -> str | None:
        """The source's tags."""
        return self.original.tags

    @property
    def original_lyrics(self) -> str | None:
        """The source's words."""
        return self.original.lyrics

    @property
    def original_seed(self) -> int | None:
        """The seed the source was made with."""
        return self.original.seed

    @property
    def remix_mode(self) -> Mode:
        """The mode as chosen or read back from storage, else as the other options imply it."""
        if self.mode is not None:
            return Mode(self.mode)
        if self.before is not None or self.after is not None:
            return Mode.EXTEND
        if self.start is not None or self.end is not None:
            return Mode.REPLACE
        return Mode.LYRICS if self.lyrics is not None and self.prompt is None else Mode.RESTYLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request that the endpoint will accept.

    Attributes:
        model: The endpoint id.
        title: The model's name for people.
        arguments: The body to send, field by field; what nobody set is not in it.
        estimate: What it will cost at most, as far as prices are published.
        seconds: How long the audio will be; None when the model decides.
        run_seconds: The longest a healthy run takes, generously.
        start_seconds: The longest it may wait at the provider before it starts.
        outputs: Results this one request makes. When it is less than the variations asked for,
            the rest needs further orders.
        priced_by: Whether the estimate was made with the provider's current price.
    """

    model: str
    title: str
    arguments: Mapping[str, Json]
    estimate: Micros
    seconds: float | None
    run_seconds: float
    start_seconds: float
    outputs: int = 1
    priced_by: PriceSource = PriceSource.CATALOGUE
