"""Applause is not paid for; anything that may be a wish is one."""

from __future__ import annotations

import pytest

from bot.jobs.applause import is_applause

CLAPS = """\
thanks
Thank you so much!
nice!
Nice one 👏
love it
I love this so much ❤️
👍
<:party:123456789012345678>
lol
LOOOL
hahaha
great job
well, that's amazing
danke, sehr schön!
merci beaucoup
¡gracias!
ありがとう
ok""".splitlines()
WISHES = """\
darker
love song
nice and slow
thanks, now darker
a great choir
beautiful strings
hahaha samples everywhere
more
again
cool jazz
no drums
slower please
👍 but faster
schöner
B: darker""".splitlines()


@pytest.mark.parametrize("text", CLAPS)
def test_applause_asks_for_nothing(text: str) -> None:
    """Thanks, praise, laughter, emoji; in several languages, modestly."""
    assert is_applause(text)


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_is_a_wish_however_kind(text: str) -> None:
    """One word more, and it may be a style."""
    assert not is_applause(text)


def test_nothing_at_all_is_no_applause() -> None:
    """A reply whose words are hidden is answered with a button."""
    assert not is_applause("  \n")
