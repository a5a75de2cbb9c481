"""The memory that servers cost, with discord.py's picture of them and without it.

    python -m benchmarks.guilds

Ten thousand servers of thirty channels and twenty-five roles each come as GUILD_CREATE, on as many
shards as Discord would ask for; the bot is idle. Lean is `MINSTREL_LEAN=on`, which leaves channels
and roles out of memory. The base is the same bot in one small server.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping

from benchmarks.figures import title
from benchmarks.rig import OURS, UNLIMITED, bot, far_ends, until
from sandbox.discord.world import World

GUILDS = 10_000
CHANNELS = 30
ROLES = 25
GUILDS_PER_SHARD = 2_500
AIM_MIB = 200
_MIB = 1024 * 1024

MODES: Mapping[str, Mapping[str, str]] = {
    "as usual": {},
    "lean": {"MINSTREL_LEAN": "on"},
}


async def populate(world: World, guilds: int) -> None:
    """Found that many servers."""
    for number in range(guilds):
        guild = world.add_guild(f"Server {number}", premium_tier=number % 4)
        for channel in range(CHANNELS):
            world.add_channel(guild, f"a-channel-{channel}")
        for role in range(ROLES):
            world.add_role(guild, f"A role {role}")
        if number % 50 == 0:
            await asyncio.sleep(0)


async def measure(mode: Mapping[str, str], guilds: int) -> float:
    """Give what an idle bot holds in so many servers, in MiB."""
    shards = -(-max(guilds, 1) // GUILDS_PER_SHARD)
    settings = {**UNLIMITED, **mode, "MINSTREL_SHARDS": str(shards)}
    async with far_ends() as sandbox:
        world = sandbox.discord.world
        await populate(world, guilds)
        async with bot(sandbox, OURS, settings) as process:

            async def all_identified() -> bool:
                return sandbox.discord.shards_online() >= shards

            await until(all_identified, "the shards")
            return await process.settled_rss_bytes() / _MIB


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guilds", type=int, default=GUILDS)
    guilds = parser.parse_args().guilds
    title(f"{guilds:,} servers of {CHANNELS} channels and {ROLES} roles, bot idle")
    base = asyncio.run(measure({}, 0))
    print(f"in one small server: {base:.0f} MiB")
    for name, mode in MODES.items():
        held = asyncio.run(measure(mode, guilds))
        each = (held - base) * 1024 / guilds
        print(
            f"{name}: {held:.0f} MiB, {each:.1f} KiB per server (aim: at most {AIM_MIB} MiB "
            f"in {GUILDS:,})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
