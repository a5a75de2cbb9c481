"""How a price is asked about."""

from __future__ import annotations

from datetime import UTC, datetime

import discord

from bot.catalogue import Ask
from bot.domain.ids import GuildId, UserId
from bot.domain.job import Kind
from bot.domain.money import Micros
from bot.errors import LimitReached
from bot.jobs.questions import NeedsConfirming, Question
from bot.ui.answers import Offer, answer_to
from bot.ui.questions import PriceButton


def asked(prompt: str = "rain") -> NeedsConfirming:
    """A question about two dollars and forty cents."""
    return NeedsConfirming(
        Question(
            id=2**63 - 1,
            guild_id=GuildId(1),
            user_id=UserId(2),
            ask=Ask(kind=Kind.MUSIC, prompt=prompt),
            format=None,
            parent=None,
            what="Music by ElevenLabs Music, 240 seconds",
            price=Micros(2_400_000),
            asked_at=datetime(2026, 11, 21, tzinfo=UTC),
        )
    )


def test_a_question_says_what_it_is_about_and_has_two_answers() -> None:
    """The price stands on the button, too, and the ids work after any restart."""
    words, view = answer_to(asked())

    assert words == (
        "> rain\nMusic by ElevenLabs Music, 240 seconds would cost about $2.40. "
        "Nothing is spent unless you confirm it."
    )
    assert view is not None
    yes, no = [one.item for one in view.children if isinstance(one, PriceButton)]
    assert (yes.label, no.label) == ("Confirm for $2.40", "Not now")
    assert yes.custom_id == f"minstrel-price:yes:{2**63 - 1}"
    assert no.custom_id == f"minstrel-price:no:{2**63 - 1}"
    assert view.timeout is None


def test_a_prompt_mentions_nobody_and_stays_in_its_quote() -> None:
    """It is a member's own words, and in a reply everybody reads them."""
    words, _ = answer_to(asked("line one\nline two <@1> @everyone **bold** " + "x" * 400))

    quoted, said = words.split("\n")
    assert quoted.startswith("> ")
    assert "**bold**" not in quoted
    assert len(words) < 600
    assert said.startswith("Music by")


def test_other_refusals_keep_their_own_way_out() -> None:
    """A plain one has none."""
    view = discord.ui.View()

    assert answer_to(Offer("No.", view)) == ("No.", view)
    assert answer_to(LimitReached("Later.")) == ("Later.", None)
