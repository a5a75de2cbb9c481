"""What a member reads when a provider says no: what happened and what to do next.

Built from what kind of answer it was, never from its words: those are written for developers and
change without notice.
"""

from __future__ import annotations

import re

REFUSED = (
    "The model's content rules refused this request. "
    "Change the wording (names of artists, songs or brands are often the reason) and try again."
)
LOCKED = (
    "The account that pays for the models is locked or out of credit. "
    "Whoever runs this bot has to top it up; waiting jobs go on by themselves after that."
)
BAD_KEY = (
    "The model's provider does not accept this bot's key. "
    "Tell whoever runs the bot to check it, and try again after that."
)
BAD_RIGHTS = (
    "The bot's key for the model's provider lacks a right that this needs. "
    "Tell whoever runs the bot to allow it to make music and to read jobs."
)
NOT_IN_PLAN = (
    "The operator's plan at the provider does not include this model. "
    "Choose another one with the model option."
)
GONE = "The provider no longer offers this model. Choose another one with the model option."
BUSY = "The model's provider is overloaded at the moment. The bot tries again by itself."
UNREACHABLE = "The model's provider cannot be reached at the moment. The bot tries again by itself."
UNKNOWN = (
    "The provider's answer got lost, so it is not yet clear whether the request was taken. "
    "The bot looks it up and never sends it twice; there is nothing to do."
)
REJECTED = (
    "The model did not accept the request as it is. "
    "Check the options, or leave out the special ones, and try again."
)
TOO_LARGE = "The request is larger than the provider takes. Shorten the text and try again."
NEVER_STARTED = (
    "The request waited at the provider for longer than allowed and was never started. "
    "Try again later, or choose another model."
)
TOOK_TOO_LONG = (
    "The model took too long and was stopped. Try again, with a shorter duration or another model."
)
BROKE = "Something broke at the provider while this was generated. Try again in a few minutes."
DOWNSTREAM = (
    "A service that this model depends on has trouble. "
    "Try again in a few minutes, or choose another model."
)
CANCELLED = "The request was cancelled at the provider. Start it again if you still want it."
NOTHING_MADE = (
    "The model finished without making any audio. Try again with a different prompt or seed."
)
FORGOTTEN = (
    "The provider does not know this request any more, so there is nothing to fetch. "
    "Please start it again."
)
EXPIRED = (
    "The model finished, but the provider no longer has its result. Please start the request again."
)
UNUSABLE = (
    "The model finished, but what the provider sent back cannot be used. "
    "Please start the request again."
)
STILL_RUNNING = "The model is not finished yet. The bot asks again by itself."
UPLOAD_FAILED = (
    "The source audio could not be handed to the model's provider. Try again in a few minutes."
)
UPLOAD_TOO_LARGE = "The source audio is too large for the provider. Use a shorter or smaller file."


_MAX_SHOWN = 40
"""Longest word of a provider's that is shown to a person."""

_POWERS = re.compile(r"[<>{}\[\]\\`@*|~]|://")


def rejected(field: str) -> str:
    """Say which input a model did not accept, where nothing more is known."""
    name = in_words(field)
    return (
        f"The model did not accept “{name}” as it is. Change it and try again."
        if name
        else REJECTED
    )


def in_words(text: str | None) -> str:
    """Turn a provider's name or value into words; nothing where it is not a few plain ones.

    It comes from outside, and what a message would act on has no business in a sentence.
    """
    words = " ".join((text or "").replace("_", " ").split()).replace("'", "")
    is_fit = len(words) <= _MAX_SHOWN and words.isprintable() and not _POWERS.search(words)
    return words if is_fit else ""
