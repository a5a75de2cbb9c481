"""A music bot as one writes it in an afternoon, by the libraries' own examples. To measure against.

/music subscribes with fal's client, downloads with httpx, has ffmpeg make the MP3 and the picture,
and puts both on a message with discord.py. Nothing is stored, so nothing survives.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import discord
import discord.gateway
import discord.http
import fal_client
import fal_client.client
import httpx
import yarl
from discord import app_commands

from benchmarks.bare_bot import Bare

MODEL = "fal-ai/stable-audio-25/text-to-audio"
QUALITY = "BENCHMARK_LAME_QUALITY"
"""The environment variable with LAME's quality for ffmpeg to use; ffmpeg's default where unset."""

_LOUDNESS_AND_PICTURE = (
    "[0:a]asplit=2[heard][seen];[heard]ebur128[sound];[seen]showwavespic=s=800x160[picture]"
)


class Straight(Bare):
    """Makes music, as long as nothing goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.fal = fal_client.AsyncClient(key=os.environ["FAL_KEY"])
        self.http_client = httpx.AsyncClient()

    async def setup_hook(self) -> None:
        """Register the command."""
        self.tree.add_command(music)
        await self.tree.sync()


@app_commands.command()
@app_commands.describe(prompt="What it should sound like")
async def music(interaction: discord.Interaction[Straight], prompt: str) -> None:
    """Make a piece of music."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable):
        return
    message = await channel.send("Making it …")
    bot = interaction.client
    result = await bot.fal.subscribe(MODEL, {"prompt": prompt, "seconds_total": 180})
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "song.wav")
        await _download(bot.http_client, result["audio"]["url"], source)
        song, picture = await _encode(source)
        await message.edit(content=prompt, attachments=[discord.File(song), discord.File(picture)])


async def _download(http: httpx.AsyncClient, url: str, to: Path) -> None:
    async with http.stream("GET", url) as answer:
        answer.raise_for_status()
        with to.open("wb") as file:
            async for piece in answer.aiter_bytes():
                file.write(piece)


async def _encode(source: Path) -> tuple[Path, Path]:
    song, picture = source.with_suffix(".mp3"), source.with_suffix(".png")
    quality = os.environ.get(QUALITY)
    ffmpeg = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", "-nostdin", "-i", str(source)),
        *("-filter_complex", _LOUDNESS_AND_PICTURE),
        *("-map", "[sound]", "-b:a", "256k"),
        *(("-compression_level", quality) if quality else ()),
        str(song),
        *("-map", "[picture]", "-frames:v", "1", str(picture)),
    )
    if await ffmpeg.wait():
        raise RuntimeError("ffmpeg failed")
    return song, picture


async def main() -> None:
    """Connect and stay."""
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    fal_client.client.QUEUE_URL_FORMAT = os.environ["FAL_QUEUE_URL"] + "/"
    fal_client.client.REST_URL = os.environ["FAL_REST_URL"]
    async with Straight() as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(main())
