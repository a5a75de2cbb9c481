"""What /usage says: numbers, what is left of them, and moments to come back at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.money import Micros
from bot.jobs.usage import GuildUse, Use
from bot.limits import Bucket, Caps, Policy, Standing
from bot.limits.refusals import epoch_us
from bot.store.quota import Spent
from bot.ui.usage import NO_LIMITS, usage_page

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOMORROW, DECEMBER = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
CAPS = Caps(per_hour=6, at_once=2, daily=Micros(500_000), monthly=Micros(2_000_000))
STANDING = Standing(
    active=1,
    tat_us=epoch_us(NOW + timedelta(minutes=14)),
    period="2026-11",
    reserved=Micros(200_000),
    spent=Micros(1_000_000),
    day="2026-11-21",
    day_reserved=Micros(200_000),
    day_spent=Micros(100_000),
)


def stamp(moment: datetime) -> str:
    """A moment as Discord counts to it."""
    return f"<t:{int(moment.timestamp())}:R>"


def test_a_member_reads_what_is_left_and_when_it_comes_back() -> None:
    """Two of six are used; one of them is back in four minutes. Reserved money is used money."""
    page = usage_page("Your use here", Use(standing=STANDING, caps=CAPS), now=NOW)

    assert page.fields == []
    assert (page.description or "").split("\n") == [
        f"**Per hour**: 4 of 6 left · one more {stamp(NOW + timedelta(minutes=4))}",
        "**At once**: 1 of 2 under way",
        f"**Today**: $0.30 of $0.50 used, $0.20 left · starts over {stamp(TOMORROW)}",
        f"**This month**: $1.20 of $2.00 used, $0.80 left · starts over {stamp(DECEMBER)}",
    ]


def test_the_moment_that_is_named_is_the_one_that_gives_one_more() -> None:
    """Neither a second early, nor late."""
    bucket, now_us = Bucket(6), epoch_us(NOW)
    next_us = bucket.next_at(STANDING.tat_us, now_us=now_us)

    assert next_us is not None
    assert bucket.left(STANDING.tat_us, now_us=next_us) == 5
    assert bucket.left(STANDING.tat_us, now_us=next_us - 1) == 4
    assert bucket.next_at(now_us, now_us=now_us) is None


def test_yesterdays_money_is_not_todays() -> None:
    """Nothing is used on a new day, of a full bucket nothing comes back."""
    later = NOW + timedelta(days=11)
    page = usage_page("Your use here", Use(standing=STANDING, caps=CAPS), now=later)

    assert "6 of 6 left\n" in (page.description or "")
    assert "**Today**: $0.00 of $0.50" in (page.description or "")
    assert "**This month**: $0.00 of $2.00" in (page.description or "")


def test_those_who_manage_the_server_read_all_of_it() -> None:
    """Its own use, where the money goes, and what the operator allows at most."""
    ceiling = Policy(
        guild_per_hour=120,
        guild_at_once=20,
        guild_daily=Micros(10_000_000),
        user_per_hour=30,
        user_at_once=5,
    )
    guild = GuildUse(
        use=Use(standing=STANDING, caps=CAPS),
        models=[
            Spent(model="fal-ai/elevenlabs/music", amount=Micros(1_800_000), requests=3),
            Spent(model=None, amount=Micros(20_000), requests=1),
        ],
        ceiling=ceiling,
    )

    page = usage_page("Your use here", Use(standing=Standing(), caps=CAPS), guild, now=NOW)

    server, models, ceilings = [field.value or "" for field in page.fields]
    assert "**At once**: 1 of 2 under way" in server
    assert models.split("\n") == [
        "ElevenLabs Music · $1.80 for 3 pieces",
        "Pieces that are no longer kept · $0.02 for 1 piece",
    ]
    assert "The server: 120 per hour, 20 at once, $10.00 a day\n" in ceilings
    assert "Each member: 30 per hour, 5 at once\n" in ceilings


def test_without_limits_there_is_only_what_was_used() -> None:
    """It says why nothing is left to be said."""
    use = Use(standing=STANDING, caps=None)
    guild = GuildUse(use=use, models=[], ceiling=None)

    page = usage_page("Your use here", use, guild, now=NOW)

    assert (page.description or "").startswith(NO_LIMITS)
    assert "**Today**: $0.30" in (page.description or "")
    assert [field.name for field in page.fields] == ["This server"]


def test_a_role_that_may_start_nothing_reads_so() -> None:
    """Nought per hour divides nothing."""
    use = Use(standing=Standing(), caps=Caps(per_hour=0, at_once=0))

    page = usage_page("Your use here", use, now=NOW)

    assert "none may be started" in (page.description or "")
