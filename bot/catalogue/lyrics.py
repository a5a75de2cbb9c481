"""What can be wrong with lyrics, model by model, and what they would be when put right."""

from __future__ import annotations

from dataclasses import dataclass

from bot.catalogue.endpoint import Endpoint, Unfit


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something the model would stumble over.

    Attributes:
        sentence: What is wrong and what to do.
        fixed: The lyrics put right, where that needs no judgement.
    """

    sentence: str
    fixed: str | None = None


def check_lyrics(model: type[Endpoint], lyrics: str, duration: float | None) -> list[Flaw]:
    """List what is wrong with lyrics for a model, worst first; empty when they can be sung.

    Args:
        model: The model that is to sing them.
        lyrics: As typed.
        duration: Seconds of the song, where known.
    """
    try:
        model.check("lyrics", lyrics)
    except Unfit as unfit:
        return [Flaw(sentence=f"{unfit.what}. {unfit.remedy}.")]
    return []
