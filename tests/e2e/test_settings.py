"""The panel of /settings: every kind of control, who may use it, and for how long."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.e2e.rig import Bot, House, Member, Message, prefilled, text_of, until

pytestmark = pytest.mark.e2e

shared = pytest.mark.asyncio(loop_scope="module")

CONTROL = "minstrel-settings:"


@pytest_asyncio.fixture(loop_scope="module")
async def admin(house: House) -> Member:
    """Who owns the server, in a channel where nothing was said yet."""
    await house.owner.new_channel("settings")
    return house.owner


async def panel(member: Member, *words: str) -> Message:
    """Wait until the panel shows some words, and give it."""

    async def look() -> Message | None:
        found = [
            one
            for one in await member.messages()
            if one["embeds"] and one["embeds"][0].get("title", "").startswith("Settings")
        ]
        if not found:
            return None
        shown = text_of(found[-1])
        return found[-1] if all(word in shown for word in words) else None

    return await until(look, f"a panel with {words}")


async def opened(member: Member, section: str, title: str) -> Message:
    """Open the panel at a section."""
    await member.slash("settings")
    page = await panel(member, "Settings: Overview")
    await member.pick(page, f"{CONTROL}section", section)
    return await panel(member, f"Settings: {title}")


async def filled(
    house: House, member: Member, page: Message, form: str, **texts: str
) -> dict[str, str]:
    """Open a form of the panel and hand it in; gives what stood in it."""
    interaction = await member.pick(page, f"{CONTROL}form:{form}")
    assert await member.form_opened(interaction)
    inputs = prefilled(house.sandbox, interaction)
    names = {custom_id.partition("=")[0]: custom_id for custom_id in inputs}
    changed = {names[name]: text for name, text in texts.items()}
    await member.fill(interaction, **inputs | changed)
    return {name: inputs[custom_id] for name, custom_id in names.items()}


@shared
async def test_numbers_are_written_into_forms_and_taken_back_by_a_menu(
    house: House, admin: Member
) -> None:
    """What holds, and whose it is, stands in the page; what changed is said above it."""
    page = await opened(admin, "limits", "Limits")
    assert "Each member, per hour: **30**\n-# the operator's value" in text_of(page)

    before = await filled(house, admin, page, "limits", user_per_hour="10", longest_seconds="1:30")
    page = await panel(admin, "Members may now start 10 per hour (was the operator's 30).")
    assert before["user_per_hour"] == ""
    assert "**10**\n-# set here; the operator allows up to 30" in text_of(page)
    assert "The longest piece: **1:30**" in text_of(page)

    before = await filled(house, admin, page, "limits", user_per_hour="31", guild_at_once="3")
    page = await panel(admin, "Nothing was changed", "at most 30")
    assert before["longest_seconds"] == "1:30"
    assert "The whole server, at once: **20**" in text_of(page)

    await admin.pick(page, f"{CONTROL}reset", "user_per_hour", "longest_seconds")
    page = await panel(admin, "Members may now start 30 per hour, as the operator has it (was 10).")
    assert "-# set here" not in text_of(page)


@shared
async def test_roles_members_and_channels_are_picked(house: House, admin: Member) -> None:
    """With Discord's own menus, whose present choice is ticked already."""
    troll = await admin.join("troll")
    path = f"/control/guilds/{admin.guild_id}/roles"
    role = str((await admin.send("POST", path, {"name": "vip"}))["id"])
    page = await opened(admin, "roles", "Roles")
    await admin.pick(page, f"{CONTROL}tier", role)
    page = await until(lambda: with_control(admin, f"{CONTROL}form:tier.{role}"), "the button")
    await filled(house, admin, page, f"tier.{role}", per_hour="25", daily="2,50")
    page = await panel(admin, f"Members with <@&{role}> may now spend $2.50 per day")
    assert f"<@&{role}> 25 per hour, $2.50 per day" in text_of(page)
    await admin.pick(page, f"{CONTROL}exempt", role)
    page = await panel(admin, f"Members with <@&{role}> are now exempt")
    await admin.pick(page, f"{CONTROL}exempt")
    page = await panel(admin, f"Members with <@&{role}> are no longer exempt")
    await admin.pick(page, f"{CONTROL}reset", f"tiers.{role}")
    await panel(admin, f"Members with <@&{role}> now have the same numbers")

    page = await opened(admin, "people", "Members and channels")
    await admin.pick(page, f"{CONTROL}block", troll.user_id)
    page = await panel(admin, f"<@{troll.user_id}> may no longer ask")
    await admin.pick(page, f"{CONTROL}channels", admin.channel_id)
    page = await panel(admin, f"Requests are now taken only in <#{admin.channel_id}>")
    await admin.pick(page, f"{CONTROL}unblock", troll.user_id)
    page = await panel(admin, f"<@{troll.user_id}> may ask again")
    await admin.pick(page, f"{CONTROL}channels")
    page = await panel(admin, "Requests are now taken in every channel")
    assert "nobody" in text_of(page)


async def with_control(member: Member, custom_id: str) -> Message | None:
    """Give the panel once it has a button or menu."""
    page = await panel(member)
    ids = [part["custom_id"] for row in page["components"] for part in row["components"]]
    return page if custom_id in ids else None


@shared
async def test_models_words_and_files_are_chosen(house: House, admin: Member) -> None:
    """Menus of texts: ticked is allowed, and what is no longer allowed is no default either."""
    page = await opened(admin, "models", "Models")
    await admin.pick(page, f"{CONTROL}command", "stems")
    page = await panel(admin, "Models of /stems")
    await admin.pick(page, f"{CONTROL}allow:stems.0")
    page = await panel(admin, "may no longer be used", "/stems: none is allowed")
    await admin.pick(page, f"{CONTROL}allow-all:stems.0")
    page = await panel(admin, "Every model may be used again")
    await admin.pick(page, f"{CONTROL}command", "music")
    page = await panel(admin, "Models of /music")
    await admin.pick(page, f"{CONTROL}usual:music.0", "cassetteai/music-generator")
    page = await panel(admin, "/music now uses CassetteAI Music")
    await admin.pick(page, f"{CONTROL}usual:music.0", "minstrel")
    await panel(admin, "/music now uses Minstrel's choice")

    page = await opened(admin, "moderation", "Moderation")
    await filled(house, admin, page, "words", blocked_words="darn\nheck, darn")
    page = await panel(admin, "2 words or phrases were added", "2: ||darn, heck||")
    before = await filled(house, admin, page, "words", blocked_words="")
    assert before["blocked_words"] == "darn\nheck"
    page = await panel(admin, "2 words or phrases were taken off")
    await admin.pick(page, f"{CONTROL}audit", admin.channel_id)
    page = await panel(admin, f"are now told in <#{admin.channel_id}>")
    await admin.pick(page, f"{CONTROL}audit")
    await panel(admin, "are no longer told in a channel")

    page = await opened(admin, "files", "Privacy and files")
    await filled(house, admin, page, "retention", retention_days="14 days")
    page = await panel(admin, "kept for 14 days")
    await admin.pick(page, f"{CONTROL}format", "ogg")
    page = await panel(admin, "Files are now ogg")
    await admin.pick(page, f"{CONTROL}reset", "format", "retention_days")
    await panel(admin, "Files are now mp3")


@shared
async def test_the_options_change_as_they_always_did(admin: Member) -> None:
    """Scripts and old hands type them; the panel opens where the change is."""
    await admin.slash("settings", command="sfx", model="cassetteai/sound-effects-generator")
    page = await panel(admin, "/sfx now uses CassetteAI", "Models of /sfx")
    assert "chosen here" in text_of(page)
    await admin.slash("settings", command="sfx", model="minstrel", format="ogg")
    await panel(admin, "/sfx now uses Minstrel's choice", "Files are now ogg")
    await admin.slash("settings", format="mp3")
    await panel(admin, "Files are now mp3", "Settings: Privacy and files")


@shared
async def test_who_may_not_manage_the_server_changes_nothing(house: House, admin: Member) -> None:
    """Not by the command, and not by a panel that was opened while they still might."""
    guest = await admin.join("guest")
    manager = await admin.join("manager", "manage_guild")
    await manager.slash("settings")
    page = await panel(manager, "Settings: Overview")
    await manager.pick(page, f"{CONTROL}section", "files")
    page = await panel(manager, "Settings: Privacy and files")
    form = await manager.pick(page, f"{CONTROL}form:retention")
    assert await manager.form_opened(form)
    [custom_id] = prefilled(house.sandbox, form)

    directory = house.sandbox.discord.world.directory
    directory.guilds[admin.guild_id].members[manager.user_id].roles.clear()

    seen = {one["id"] for one in await manager.messages()}
    await manager.pick(page, f"{CONTROL}format", "ogg")
    assert "Manage Server" in await manager.told(after=seen)
    seen = {one["id"] for one in await manager.messages()}
    await manager.fill(form, **{custom_id: "3"})
    assert "Manage Server" in await manager.told(after=seen)
    assert all(one["name"] != "settings" for one in await guest._commands())
    page = await opened(admin, "files", "Privacy and files")
    assert "mp3" in text_of(page)
    assert "nothing set here" in text_of(page)


async def test_panels_and_open_forms_outlive_a_power_cut(
    member: Member, bot: Bot, sandbox: object
) -> None:
    """A menu, a button and a form that were there before work after it."""
    del sandbox
    page = await opened(member, "money", "Money")
    form = await member.pick(page, f"{CONTROL}form:budgets")
    assert await member.form_opened(form)

    await member.cut_power(bot)

    await member.fill(form, **{"user_daily=": "$2.00", "guild_daily=": ""})
    page = await panel(member, "Members may now spend $2.00 per day")
    await member.pick(page, f"{CONTROL}section", "files")
    page = await panel(member, "Settings: Privacy and files")
    again = await member.pick(page, f"{CONTROL}form:retention")
    assert await member.form_opened(again)
