"""A reply becomes a wish, or a sentence with the right form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidInput
from bot.jobs.replies import (
    GRAMMAR,
    Again,
    Extend,
    Lyrics,
    Replace,
    Reply,
    Restyle,
    Stems,
    Wish,
    checked_letter,
    parse,
)
from bot.jobs.times import clock_time, read_time, seconds_in

BOT = 4242
FILL = "a drum fill"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("darker, with strings", Restyle(prompt="darker, with strings")),
        ("  two  blanks\nand a line ", Restyle(prompt="  two  blanks\nand a line ")),
        ("again, but darker", Restyle(prompt="again, but darker")),
        ("extension of time", Restyle(prompt="extension of time")),
        ("replacement parts", Restyle(prompt="replacement parts")),
        ("lyricsless hum", Restyle(prompt="lyricsless hum")),
        ("don't extend it", Restyle(prompt="don't extend it")),
        ("B: minor", Restyle(prompt="B: minor")),
        ("extend", Extend()),
        ("extend 30s", Extend(after=30)),
        ("extend 30", Extend(after=30)),
        ("  Extend by 1:30.", Extend(after=90)),
        ("extend 1m30s", Extend(after=90)),
        ("extend 2 minutes", Extend(after=120)),
        ("extend 12,5 sec", Extend(after=12.5)),
        ("extend 30s more", Extend(after=30)),
        ("extend 10s before", Extend(before=10)),
        ("extend 10s at the beginning", Extend(before=10)),
        ("extend 20 seconds after", Extend(after=20)),
        ("extend 10s before and 20s after", Extend(before=10, after=20)),
        ("extend 20s to the end, 10s to the start", Extend(before=10, after=20)),
        ("extend 30s with a guitar solo", Extend(after=30, prompt="a guitar solo")),
        ("extend with strings", Extend(prompt="strings")),
        ("replace 0:10-0:20 with a drum fill", Replace(start=10, end=20, prompt=FILL)),
        ("Replace 10-20 with a drum fill", Replace(start=10, end=20, prompt=FILL)),
        ("replace 10s – 20s with a drum fill", Replace(start=10, end=20, prompt=FILL)),
        ("replace from 0:10 to 0:20: a drum fill", Replace(start=10, end=20, prompt=FILL)),
        ("replace 0:10  to\n0:20, with a drum fill", Replace(start=10, end=20, prompt=FILL)),
        ("replace between 10 and 20 by a drum fill", Replace(start=10, end=20, prompt=FILL)),
        ("replace 0:50 to the end", Replace(start=50)),
        ("replace start-0:04.5 with x  y", Replace(start=0, end=4.5, prompt="x  y")),
        ("replace 1:00:00-1:00:10", Replace(start=3600, end=3610)),
        ("lyrics: la la", Lyrics(text="la la")),
        ("lyrics:\n[verse]\n  la\n\n\nla ", Lyrics(text="[verse]\n  la\n\n\nla ")),
        ("LYRICS\nla la", Lyrics(text="la la")),
        ("stems", Stems()),
        ("stems vocals drums", Stems(names=("vocals", "drums"))),
        ("Stems: vocal, drum & bass!", Stems(names=("vocals", "drums", "bass"))),
        ("stems all", Stems()),
        ("again", Again()),
        ("Again!", Again()),
    ],
)
def test_replies_are_understood(text: str, wish: Wish) -> None:
    """Commands in the forms people use; everything else is a style, exactly as typed."""
    assert parse(text) == Reply(wish=wish)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("extend soon", "extend 30s"),
        ("extend 0", "extend 30s"),
        ("extend -5", "extend 30s"),
        ("extend 1:75", "extend 30s"),
        ("extend before", "extend 30s"),
        ("extend 30s and 20s", "extend 30s"),
        ("extend a bit", "extend 30s"),
        ("extend it", "extend 30s"),
        ("replace with x", "replace 0:10-0:20 with a drum fill"),
        ("replace", "replace 0:10-0:20 with a drum fill"),
        ("replace the drums with a piano", "replace 0:10-0:20 with a drum fill"),
        ("replace 0:10 with x", "replace 0:10-0:20 with a drum fill"),
        ("replace 0:10-0:20 somehow", "replace 0:10-0:20 with a drum fill"),
        ("replace 0:20-0:10 with x", "replace 0:10-0:20 with a drum fill"),
        ("replace 0:10-0:10 with x", "replace 0:10-0:20 with a drum fill"),
        ("lyrics", "lyrics: la la la"),
        ("lyrics:  \n ", "lyrics: la la la"),
        ("lyrics about rain", "lyrics: la la la"),
        ("stems vocals kazoo", "stems vocals drums"),
        ("", "extend 30s"),
        (" \n", "extend 30s"),
        (f"<@{BOT}>", "extend 30s"),
    ],
)
def test_what_looks_like_a_command_is_never_guessed_at(text: str, example: str) -> None:
    """The sentence shows the right form."""
    with pytest.raises(InvalidInput) as refused:
        parse(text, bot_id=BOT)

    assert f"“{example}”" in refused.value.sentence


def test_times_that_run_backwards_are_named() -> None:
    """Whoever mixed them up sees both."""
    with pytest.raises(InvalidInput, match=r"starts at 1:20 and ends at 1:10\.5"):
        parse("replace 80-70.5 with x")


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (f"<@{BOT}> darker", "darker"),
        (f"<@!{BOT}>, darker", "darker"),
        (f"darker <@{BOT}>", "darker"),
        (f"<@{BOT}> darker\n<@{BOT}>", "darker"),
        (f"dark <@{BOT}> er", f"dark <@{BOT}> er"),
        ("<@1> darker", "<@1> darker"),
    ],
)
def test_the_bots_mention_at_either_end_is_not_part_of_the_style(text: str, prompt: str) -> None:
    """Discord's clients put it there by themselves; anybody else's stays."""
    assert parse(text, bot_id=BOT).wish == Restyle(prompt=prompt)


@pytest.mark.parametrize(
    ("text", "wish", "letter"),
    [
        ("B: make it darker", Restyle(prompt="make it darker"), "B"),
        ("c) darker", Restyle(prompt="darker"), "C"),
        ("extend B 30s", Extend(after=30), "B"),
        ("b extend 30s", Extend(after=30), "B"),
        ("B: extend 30s", Extend(after=30), "B"),
        ("B: extend b 30s", Extend(after=30), "B"),
        ("replace B 0:10-0:20 with x", Replace(start=10, end=20, prompt="x"), "B"),
        ("lyrics B: la", Lyrics(text="la"), "B"),
        ("B: lyrics: la\nla", Lyrics(text="la\nla"), "B"),
        ("stems b", Stems(), "B"),
        ("stems C bass", Stems(names=("bass",)), "C"),
        ("again b", Again(), "B"),
        ("make B darker", Restyle(prompt="make B darker"), None),
    ],
)
def test_letters_name_variations(text: str, wish: Wish, letter: str | None) -> None:
    """In front with a colon, or behind the command."""
    assert parse(text, variations=3) == Reply(wish=wish, letter=letter)


def test_a_letter_that_is_not_there_is_refused_with_those_that_are() -> None:
    """So is naming two."""
    with pytest.raises(InvalidInput, match="A to C here, but no E"):
        parse("E: darker", variations=3)
    with pytest.raises(InvalidInput, match="only one result"):
        parse("extend B 30s")
    with pytest.raises(InvalidInput, match="both A and B"):
        parse("A: extend B 30s", variations=2)
    assert parse("extend A 30s").letter == "A"
    assert checked_letter(None, 4) is None


def test_every_form_of_the_grammar_is_understood() -> None:
    """Help shows nothing that does not work."""
    for form, meaning in GRAMMAR:
        parse(form, variations=2)
        for example in re.findall("“(.+?)”", meaning):
            parse(example, variations=2)


_COMMAND = re.compile(r"\s*(?:[a-j]\s+)?(extend|replace|lyrics|stems|again)", re.IGNORECASE)


@given(st.text(), st.integers(1, 4))
def test_nothing_that_is_typed_breaks_it(text: str, variations: int) -> None:
    """A wish or a sentence, whatever comes."""
    try:
        reply = parse(text, bot_id=BOT, variations=variations)
    except InvalidInput:
        return
    assert reply.letter is None or reply.letter in "ABCD"[:variations]


@given(st.text(min_size=1).filter(lambda text: text.strip() and not _COMMAND.match(text)))
def test_a_style_goes_out_exactly_as_typed(text: str) -> None:
    """Not a blank is lost."""
    assert parse(text) == Reply(wish=Restyle(prompt=text))


_BITS = st.sampled_from(["extend", "replace", "stems", "lyrics:", "again", "B:", "with", "to", "x"])
_TIMES = st.sampled_from(["30s", "0:10-0:20", "before", "and", "end", "1:", "-", "99999m", "\n"])


@given(st.lists(_BITS | _TIMES, max_size=8).map(" ".join))
def test_no_jumble_of_its_own_words_breaks_it(text: str) -> None:
    """What is understood has times that make sense."""
    try:
        wish = parse(text, bot_id=BOT, variations=2).wish
    except InvalidInput:
        return
    if isinstance(wish, Replace):
        assert wish.end is None or wish.end > wish.start >= 0
    if isinstance(wish, Extend):
        assert all(side is None or side > 0 for side in (wish.before, wish.after))


@given(st.integers(0, 59_999))
def test_a_time_that_was_written_is_read_back(tenths: int) -> None:
    """Players' form and ours are the same."""
    assert seconds_in(clock_time(tenths / 10)) == pytest.approx(tenths / 10)


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "-3", "1e3", "٣", "10 20", "nan", "1:60"])
def test_a_time_that_is_none_is_refused_with_the_form(text: str) -> None:
    """The option is named."""
    with pytest.raises(InvalidInput, match=r"not a time for from\. Write seconds"):
        read_time(text, "from")
