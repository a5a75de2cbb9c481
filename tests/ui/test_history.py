"""How the history looks, and what its buttons carry along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId
from bot.domain.job import Job, Kind, State
from bot.jobs.erasing import Erased
from bot.store.browsing import Entry, Page, Wanted
from bot.ui.history import HistoryButton, HistoryMenu, Move, Place, history_embed, history_view
from bot.ui.privacy import erase_question, erased_words, privacy_embed
from tests.ui.builders import job

LAST = 2**63 - 1
QUERY = 2**63 - 1


def entry(number: int, *, is_favourite: bool = False, **changes: Any) -> Entry:
    """A piece that was delivered."""
    long: dict[str, Any] = {
        "id": JobId(LAST - number),
        "card_id": MessageId(LAST),
        "guild_id": GuildId(LAST),
        "channel_id": ChannelId(LAST),
        "user_id": UserId(LAST),
    }
    made: Job = replace(job(State.DELIVERED), **long | changes)
    return Entry(job=made, is_favourite=is_favourite)


def page(*entries: Entry, **more: Any) -> Page:
    """A page of pieces."""
    return Page(entries=entries, **more)


def items(view: discord.ui.View | None) -> list[dict[str, Any]]:
    """What Discord is told of the components, flat."""
    assert view is not None
    rows: list[dict[str, Any]] = view.to_components()
    assert len(rows) <= 5
    return [component for row in rows for component in row["components"]]


def test_the_longest_page_fits_into_what_discord_takes() -> None:
    """Ten pieces with prompts that must be escaped, long ids, and all buttons."""
    entries = [entry(number, prompt="*_[x](y)~" * 400) for number in range(10)]
    full = page(*entries, older=JobId(LAST), has_newer=True)
    place = Place(query_id=QUERY, top=entries[0].job.id, chosen=entries[9].job.id)
    wanted = Wanted(guild_id=entries[0].job.guild_id, text="*" * 200, model="m" * 100)

    embed = history_embed(full, wanted, place)
    found = items(history_view(full, place))

    assert len(embed) <= 6000
    assert len(embed.description or "") <= 4096
    assert len(embed.title or "") <= 256
    ids = [one["custom_id"] for one in found]
    assert len(set(ids)) == len(ids) == 7
    assert max(map(len, ids)) <= 100
    (menu,) = [one for one in found if one["type"] == 3]
    assert len(menu["options"]) == 10
    assert all(len(one["label"]) <= 100 for one in menu["options"])
    assert [one["value"] for one in menu["options"] if one.get("default")] == [str(LAST - 9)]


async def test_a_button_of_an_earlier_process_is_understood() -> None:
    """What stands in its id is all there is to it."""
    entries = [entry(number) for number in range(2)]
    place = Place(query_id=7, top=entries[0].job.id, chosen=entries[1].job.id)
    found = items(history_view(page(*entries, older=JobId(3), has_newer=True), place))
    pressed = {}
    for one in found:
        match = HistoryButton.__discord_ui_compiled_template__.fullmatch(one["custom_id"])
        if match is not None:
            button = await HistoryButton.from_custom_id(None, None, match)  # type: ignore[arg-type]
            pressed[button.move] = button.place

    assert pressed[Move.PLAY] == pressed[Move.SHOW] == pressed[Move.STAR] == place
    assert pressed[Move.OLDER].top == 3
    assert pressed[Move.NEWER].top == entries[0].job.id
    (menu,) = [one["custom_id"] for one in found if one["type"] == 3]
    assert HistoryMenu.__discord_ui_compiled_template__.fullmatch(menu)


def test_what_never_arrived_is_offered() -> None:
    """It says so, and the button says what it does."""
    lost = entry(0, state=State.UNDELIVERED)
    place = Place(query_id=7)

    embed = history_embed(page(lost), Wanted(guild_id=lost.job.guild_id), place)

    assert "not delivered yet" in (embed.description or "")
    labels = [one.get("label") for one in items(history_view(page(lost), place))]
    assert "Post it here" in labels


def test_favourites_are_starred_and_can_be_unstarred() -> None:
    """The star is on the row; the button turns around."""
    marked = entry(0, is_favourite=True)

    embed = history_embed(page(marked), Wanted(guild_id=marked.job.guild_id), Place(query_id=7))

    assert "⭐" in (embed.description or "")
    found = items(history_view(page(marked), Place(query_id=7)))
    assert "Unfavourite" in [one.get("label") for one in found]


def test_stems_are_not_remixed() -> None:
    """Their card has no such button either."""
    stems = entry(0, kind=Kind.STEMS, prompt="")

    found = items(history_view(page(stems), Place(query_id=7)))

    assert "Remix" not in [one.get("label") for one in found]


def test_an_empty_page_says_what_to_do() -> None:
    """There may be more further back, or nothing at all."""
    wanted = Wanted(guild_id=entry(0).job.guild_id)

    nothing = history_embed(page(), wanted, Place(query_id=7))
    further = history_embed(page(older=JobId(3)), wanted, Place(query_id=7))

    assert "Nothing was found" in (nothing.description or "")
    assert history_view(page(), Place(query_id=7)) is None
    assert "press **Older**" in (further.description or "")
    assert [one["label"] for one in items(history_view(page(older=JobId(3)), Place(query_id=7)))]


@pytest.mark.parametrize(
    ("retention", "words"), [(None, "kept for good"), (1, "for 1 day"), (30, "for 30 days")]
)
def test_what_is_kept_is_told_with_its_days(retention: int | None, words: str) -> None:
    """As this server has it."""
    embed = privacy_embed(retention_days=retention, keep_days=30, grace_days=7)

    assert words in str(embed.to_dict())


def test_erasing_is_told_before_and_after() -> None:
    """What goes, what stays, and what is still to come."""
    assert "1 piece with" in erase_question(1, 2)
    assert "2 favourites" in erase_question(1, 2)
    assert "Bookings stay" in erase_question(1, 2)
    assert "could not be stopped" not in erased_words(Erased(cards=3, under_way=0))
    assert "1 piece could not be stopped" in erased_words(Erased(cards=3, under_way=1))
