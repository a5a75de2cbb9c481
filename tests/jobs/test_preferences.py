"""Changing a server's settings: what is refused, what is kept, and who hears of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot import catalogue
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.domain.money import Micros
from bot.errors import InvalidInput
from bot.jobs.choices import MOST_CHOSEN, MOST_TIERS, NUMBERS, Above
from bot.jobs.preferences import Preferences, with_allowed, with_model
from bot.store import Database
from bot.store.guilds import GuildSettings, Tier
from tests.clock import ManualClock

GUILD, ADMIN = GuildId(1), UserId(2)
LIMITS = {"user_per_hour": 30, "guild_per_hour": 120, "user_daily": 5_000_000}
ABOVE = Above(numbers=LIMITS | {"cheap": 50_000}, ceilings=LIMITS)
MUSIC = [model.about.endpoint for model in catalogue.models(Kind.MUSIC)]
EVERYTHING = {model.about.endpoint for model in catalogue.all_models()}


@pytest.fixture
async def preferences(migrated: Path, tmp_path: Path) -> AsyncIterator[Preferences]:
    """The service, on a database of its own."""
    path = tmp_path / "minstrel.db"
    shutil.copy(migrated, path)
    async with Database.open(f"sqlite:///{path}") as db:
        yield Preferences(db, ManualClock(), above=ABOVE)


async def change(preferences: Preferences, **fields: object) -> Sequence[str]:
    """Set some fields as an admin would, and give what is said of it."""
    changed = await preferences.change(
        GUILD,
        ADMIN,
        lambda one: replace(one, **fields),  # type: ignore[arg-type]
    )
    return changed.sentences


SAID = [
    ({"user_per_hour": 10}, "Members may now start 10 per hour (was the operator's 30)."),
    (
        {"guild_at_once": 3},
        "The whole server may now have 3 under way at once (was not set).",
    ),
    ({"user_daily": 2_500_000}, "Members may now spend $2.50 per day (was the operator's $5.00)."),
    ({"cheap": 0}, "Prices up to $0.00 are now passed over in silence (was Minstrel's $0.05)."),
    ({"longest_seconds": 90}, "A piece may now be up to 1:30 long (was not set)."),
    ({"retention_days": 1}, "Results and their prompts are now kept for 1 day (was not set)."),
    (
        {"tiers": {7: Tier(per_hour=20, daily=Micros(0))}},
        "Members with <@&7> may now spend $0.00 per day (was as everybody).",
    ),
    (
        {"exempt_roles": frozenset({8, 9})},
        "Members with <@&8> and <@&9> are now exempt from this server's limits for members.",
    ),
    ({"blocked_users": frozenset({UserId(5)})}, "<@5> may no longer ask for anything."),
    (
        {"channels": frozenset({ChannelId(3)})},
        "Requests are now taken only in <#3> (before: everywhere).",
    ),
    ({"models": {Kind.SFX: "gone/model"}}, "/sfx now uses gone/model when no model is named"),
    ({"format": AudioFormat.OGG}, "Files are now ogg when no format is named (was mp3)."),
    (
        {"blocked_words": ("darn", "heck")},
        "2 words or phrases were added to the blocked list, which has 2 now.",
    ),
    (
        {"audit_channel": ChannelId(4)},
        "Requests, refusals and changes of settings are now told in <#4> (before: nowhere).",
    ),
]


@pytest.mark.parametrize(("fields", "sentence"), SAID)
async def test_each_change_is_said_in_a_sentence(
    preferences: Preferences, fields: dict[str, object], sentence: str
) -> None:
    """What holds now, and what held before; and again when it is taken back."""
    assert sentence in " ".join(await change(preferences, **fields))
    assert await change(preferences, **fields) == []

    unset = {name: getattr(GuildSettings(), name) for name in fields}
    assert len(await change(preferences, **unset)) == 1
    assert await preferences.of(GUILD) == GuildSettings()


async def test_going_back_names_what_holds_then(preferences: Preferences) -> None:
    """The operator's number, or nothing at all."""
    await change(preferences, user_per_hour=10, longest_seconds=90)

    said = await change(preferences, user_per_hour=None, longest_seconds=None)

    assert said == [
        "Members may now start 30 per hour, as the operator has it (was 10).",
        "A piece may now be as long as its model can make it (was 1:30).",
    ]


async def test_more_than_the_operator_allows_is_refused(preferences: Preferences) -> None:
    """The ceiling is named, for members and for roles; nothing of the change is kept."""
    for fields in ({"user_per_hour": 31}, {"tiers": {7: Tier(per_hour=31)}}):
        with pytest.raises(InvalidInput, match="at most 30, and 31 was given"):
            await change(preferences, format=AudioFormat.OGG, **fields)

    assert await preferences.of(GUILD) == GuildSettings()
    await change(preferences, user_per_hour=30)


async def test_what_the_operator_lowers_later_stays_and_is_capped(
    preferences: Preferences,
) -> None:
    """Nobody is kept from changing other things for it."""
    await change(preferences, user_per_hour=30)
    preferences.above = Above(numbers={"user_per_hour": 5}, ceilings={"user_per_hour": 5})

    await change(preferences, format=AudioFormat.OGG)

    settings = await preferences.of(GUILD)
    assert settings.user_per_hour == 30
    assert preferences.above.standing(settings, "user_per_hour") == 5


@pytest.mark.parametrize("name", sorted(NUMBERS))
async def test_numbers_have_both_ends(preferences: Preferences, name: str) -> None:
    """What makes no sense is refused at either end."""
    number = NUMBERS[name]
    preferences.above = Above()
    await change(preferences, **{name: number.low})
    await change(preferences, **{name: number.high})
    for wrong in (number.low - 1, number.high + 1):
        with pytest.raises(InvalidInput, match="it takes"):
            await change(preferences, **{name: wrong})


async def test_dear_begins_above_cheap(preferences: Preferences) -> None:
    """Otherwise a request would be confirmed in silence."""
    with pytest.raises(InvalidInput, match="which is less"):
        await change(preferences, cheap=Micros(2), dear=Micros(1))

    await change(preferences, cheap=Micros(1), dear=Micros(1))


@pytest.mark.parametrize(
    "fields",
    [
        {"tiers": {role: Tier(per_hour=1) for role in range(MOST_TIERS + 1)}},
        {"exempt_roles": frozenset(range(MOST_CHOSEN + 1))},
        {"channels": frozenset(range(MOST_CHOSEN + 1))},
        {"blocked_users": frozenset(range(501))},
        {"blocked_words": tuple(f"{number:099}" for number in range(41))},
        {"blocked_words": ("x" * 101,)},
    ],
)
async def test_lists_have_an_end(preferences: Preferences, fields: dict[str, object]) -> None:
    """What no menu or form could show again is not taken."""
    with pytest.raises(InvalidInput):
        await change(preferences, **fields)


async def test_two_admins_at_once_lose_nothing(preferences: Preferences) -> None:
    """Each change is made to what the other left."""

    async def block(user: UserId) -> None:
        await preferences.change(
            GUILD, ADMIN, lambda one: replace(one, blocked_users=one.blocked_users | {user})
        )

    await asyncio.gather(*(block(UserId(user)) for user in range(20)))

    assert (await preferences.of(GUILD)).blocked_users == set(range(20))


async def test_a_change_is_told_once_and_what_changes_nothing_is_not(
    preferences: Preferences,
) -> None:
    """To everybody who subscribed, even when one of them fails."""
    heard: list[tuple[int, int, list[str]]] = []

    async def fail(*_: object) -> None:
        raise OSError("the audit channel is on fire")

    async def hear(guild_id: GuildId, user_id: UserId, sentences: Sequence[str]) -> None:
        heard.append((guild_id, user_id, list(sentences)))

    preferences.subscribe(fail)
    preferences.subscribe(hear)
    said = await change(preferences, user_per_hour=10)
    await change(preferences, user_per_hour=10)
    with pytest.raises(InvalidInput):
        await change(preferences, user_per_hour=0)

    assert heard == [(GUILD, ADMIN, list(said))]


async def test_unticking_a_model_leaves_all_others(preferences: Preferences) -> None:
    """Those of other commands, too; ticking it again is as if nothing had been."""
    await preferences.choose_model(GUILD, ADMIN, Kind.MUSIC, MUSIC[0])
    without = with_allowed(MUSIC, MUSIC[1:], shown=MUSIC)
    changed = await preferences.change(GUILD, ADMIN, without)

    assert changed.settings.allowed_models == EVERYTHING - {MUSIC[0]}
    assert changed.settings.models == {}
    title = catalogue.find(MUSIC[0]).about.title
    assert f"{title} may no longer be used." in changed.sentences
    with pytest.raises(InvalidInput, match="not among the models that this server allows"):
        await preferences.choose_model(GUILD, ADMIN, Kind.MUSIC, MUSIC[0])

    again = with_allowed(MUSIC, MUSIC, shown=MUSIC[1:])
    changed = await preferences.change(GUILD, ADMIN, again)
    assert changed.settings.allowed_models == frozenset()
    assert changed.sentences == ["Every model may be used again."]


async def test_ticks_of_two_admins_add_up(preferences: Preferences) -> None:
    """Both looked at the same list, and each took another model out."""
    for taken in MUSIC[:2]:
        ticked = [one for one in MUSIC if one != taken]
        await preferences.change(GUILD, ADMIN, with_allowed(MUSIC, ticked, shown=MUSIC))

    assert (await preferences.of(GUILD)).allowed_models == EVERYTHING - set(MUSIC[:2])


async def test_what_another_admin_allowed_meanwhile_stays_allowed(
    preferences: Preferences,
) -> None:
    """An old page does not show the tick; that is no wish to take it out."""
    old = MUSIC[2:]
    await preferences.change(GUILD, ADMIN, with_allowed(MUSIC, old, shown=MUSIC))
    await preferences.change(GUILD, ADMIN, with_allowed(MUSIC, MUSIC[1:], shown=old))
    changed = await preferences.change(
        GUILD, ADMIN, with_allowed(MUSIC, [MUSIC[0], *old], shown=old)
    )

    assert changed.settings.allowed_models == frozenset()


async def test_the_last_model_stays(preferences: Preferences) -> None:
    """An empty list would mean that all are allowed."""
    every = sorted(EVERYTHING)
    with pytest.raises(InvalidInput, match="Leave one ticked"):
        await preferences.change(GUILD, ADMIN, with_allowed(every, [], shown=every))


def test_a_commands_model_must_do_what_the_command_does() -> None:
    """Checked before anything is read."""
    with pytest.raises(InvalidInput, match="not a model for /stems"):
        with_model(Kind.STEMS, MUSIC[0])
