"""Audit messages on a real discord.py client: whose channel, and what an admin is told of it."""

from __future__ import annotations

import pytest

from bot.domain.ids import ChannelId, GuildId
from bot.errors import ChannelGone, MissingPermissions
from bot.jobs.audit_trail import Accepted
from bot.jobs.delivery import AuditMessages
from bot.ui.audit import INTRODUCTION, audit_page
from tests.jobs.delivery.conftest import Gallery


def _here(gallery: Gallery) -> tuple[GuildId, ChannelId]:
    return GuildId(int(gallery.town.guild)), ChannelId(int(gallery.town.channel))


async def test_a_channel_is_introduced_and_then_told(gallery: Gallery) -> None:
    """In embeds, in which a mention pings nobody."""
    audit = AuditMessages(gallery.client, audit_page)
    guild, channel = _here(gallery)
    job = gallery.job(prompt="@everyone tango")

    await gallery.through(audit.introduce(guild, channel))
    await gallery.through(audit.tell(guild, channel, [Accepted(job=job)], left_out=3))

    first, second = await gallery.messages()
    assert first["embeds"][0]["description"] == INTRODUCTION
    assert "tango" in second["embeds"][0]["description"]
    assert "3 more" in second["embeds"][0]["description"]
    for one in (first, second):
        assert (one["content"], one["mentions"], one["mention_everyone"]) == ("", [], False)


async def test_one_servers_news_is_not_told_on_another(gallery: Gallery) -> None:
    """However the id of a stranger's channel got into the settings."""
    audit = AuditMessages(gallery.client, audit_page)
    guild, channel = _here(gallery)
    stranger = GuildId(guild + 1)

    with pytest.raises(ChannelGone):
        await gallery.through(audit.introduce(stranger, channel))
    with pytest.raises(ChannelGone):
        await gallery.through(
            audit.tell(stranger, channel, [Accepted(job=gallery.job())], left_out=0)
        )

    assert await gallery.messages() == []


async def test_an_admin_reads_which_permissions_the_channel_lacks(gallery: Gallery) -> None:
    """By the names that Discord's settings have for them."""
    audit = AuditMessages(gallery.client, audit_page)
    guild, channel = _here(gallery)
    path = f"/control/channels/{channel}/permissions"
    await gallery.town.post(path, {"deny": ["send_messages"]}, method="PUT")

    with pytest.raises(MissingPermissions) as caught:
        await gallery.through(audit.introduce(guild, channel))

    assert '"Send Messages"' in caught.value.sentence
    assert f"<#{channel}>" in caught.value.sentence
