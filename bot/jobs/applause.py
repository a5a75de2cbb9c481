"""Telling applause from a wish: a remix costs money, and "nice!" asks for none. Pure."""

from __future__ import annotations

import re

from bot.catalogue.wording import has_words

_BY_LANGUAGE = {
    "en": "thanks thank thx ty tysm cheers nice good great cool amazing awesome love loved lovely "
    "beautiful perfect omg gg congrats bravo yay ok okay yes yeah yep no nope",
    "de": "danke super toll klasse genial geil wunderbar schön",
    "fr": "merci magnifique génial",
    "es": "gracias genial increíble",
    "pt": "obrigado obrigada incrível",
    "it": "grazie bello bellissimo",
    "nl": "bedankt mooi",
    "pl": "dzięki dziękuję",
    "sv": "tack",
    "tr": "teşekkürler",
    "ru": "спасибо круто",
    "ja": "ありがとう すごい",
    "zh": "谢谢",
    "ko": "감사합니다",
}
_PRAISE = frozenset(word for words in _BY_LANGUAGE.values() for word in words.split())
"""Words that alone are applause rather than a style."""

_FILLERS = (
    "you so much very a lot it it's this that that's is was really the i i'm we one for all to be "
    "job work well done just too my god bot minstrel man guys everyone und sehr très beaucoup muy muito molto"
)
_AROUND = frozenset(_FILLERS.split())
"""Words around them that ask for nothing, either."""

_LAUGH = re.compile(r"(?:ha|he|hi|ja|jo)+h?|(?:ah|eh)+a?|l+o+l+|l+m+f?a+o+|rofl|x+d+|w+o+w+|kk+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def is_applause(text: str) -> bool:
    """Say whether a reply, without mentions, is mere thanks, praise, laughter or emoji."""
    if not has_words(text):
        return bool(text.strip())
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    claps = [word in _PRAISE or _LAUGH.fullmatch(word) is not None for word in words]
    return any(claps) and all(
        clap or word in _AROUND for clap, word in zip(claps, words, strict=True)
    )
