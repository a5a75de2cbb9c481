"""/doctor in a server, and `minstrel doctor` beside a running bot."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from sandbox.child import environment
from tests.e2e.rig import House, Member, Message, text_of, until

pytestmark = pytest.mark.e2e

shared = pytest.mark.asyncio(loop_scope="module")


async def report(member: Member, *words: str) -> str:
    """Use /doctor, and wait until its answer has some words."""
    await member.slash("doctor")

    async def look() -> Message | None:
        found = [one for one in await member.messages() if one["embeds"] and one["flags"] & 64]
        return found[-1] if found and all(word in text_of(found[-1]) for word in words) else None

    return text_of(await until(look, f"a report with {words}"))


@shared
async def test_the_report_covers_what_a_server_needs(house: House) -> None:
    """Each line is about one thing, and nothing of the machine is told."""
    admin = house.owner
    await admin.new_channel("doctor")

    told = await report(admin, "All is well")

    for subject in (
        *("Discord", "Intents", "Permissions", "Uploads", "Provider"),
        *("Models", "Database", "Data directory", "Clock"),
    ):
        assert f"✅ **{subject}**" in told
    assert "files up to 10 MiB" in told
    assert str(house.bot.data_dir) not in told


@shared
async def test_what_is_missing_is_named_wherever_the_bot_is_used(house: House) -> None:
    """As Discord names it, here and in the channel where pieces were made."""
    admin = house.owner
    used = await admin.new_channel("used")
    await admin.slash("sfx", prompt="a door", duration=1)
    await admin.finished()
    path = f"/control/channels/{used}/permissions"
    await admin.send("PUT", path, {"deny": ["attach_files"]})
    await admin.new_channel("elsewhere")

    told = await report(admin, "One thing needs somebody")

    assert f'⚠️ **Permissions** <#{used}> lacks "Attach Files".' in told
    await admin.send("PUT", path, {"deny": []})
    await report(admin, "All is well")


@shared
async def test_the_report_is_for_those_who_manage_the_server(house: House) -> None:
    """Discord hides the command from others, and offers it to those who may."""
    guest = await house.owner.join("guest")
    manager = await house.owner.join("manager", "manage_guild")

    assert "doctor" not in {one["name"] for one in await guest._commands()}
    assert "**Discord**" in await report(manager)


@shared
async def test_the_console_report_reads_beside_the_running_bot(
    house: House, tmp_path: Path
) -> None:
    """The same checks, told to the operator; what is of a server only is left out."""
    env = environment(house.sandbox.base_url, house.bot.data_dir, {})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor"),
        cwd=tmp_path,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (one.decode() for one in await process.communicate())

    assert process.returncode == 0, out + err
    for line in ("ok  Discord: the token", "ok  Provider: fal: the key", "ok  Clock: agrees"):
        assert line in out
    assert "every booking adds up" in out
    assert str(house.bot.data_dir) in out
    assert "Permissions" not in out
