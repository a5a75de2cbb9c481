"""Takes the README's picture of the page anew: ``.venv/bin/python -m docs.screenshot``.

Starts a sandbox with the real bot, asks for two pieces, and photographs the page when the first is
finished and the second is being made. The machine needs a font with emoji, such as Debian's
fonts-noto-color-emoji.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from sandbox.app import Sandbox
from sandbox.child import BotProcess
from tests import browser

PICTURE = Path(__file__).with_name("page.png")
COLOURS = 256
"""A palette keeps the file small; the page has few colours."""

WINDOW: ViewportSize = {"width": 1440, "height": 900}
SCALE = 1280 / 1440
"""Two cards need a window of some height; the picture of it is 1280 by 800."""

PATIENCE_MS = 60_000


async def main() -> None:
    """Take the picture."""
    path = browser.find()
    if path is None:
        sys.exit("There is no Chromium or Chrome on this machine. Install one and try again.")
    async with _sandbox() as url, async_playwright() as playwright:
        flags = ["--no-sandbox", "--mute-audio"]
        chromium = await playwright.chromium.launch(executable_path=path, args=flags)
        page = await chromium.new_page(viewport=WINDOW, device_scale_factor=SCALE)
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(url)
        await page.locator("#banner").get_by_role("button").click()
        await _two_cards(page, url)
        await page.screenshot(path=PICTURE)
        await chromium.close()
    Image.open(PICTURE).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        PICTURE, optimize=True
    )
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} kB")  # noqa: T201 - a person reads it


@asynccontextmanager
async def _sandbox() -> AsyncIterator[str]:
    """Run a sandbox with the bot, and give its address."""
    with tempfile.TemporaryDirectory() as data_dir:
        async with Sandbox(port=0) as sandbox:
            sandbox.bot = BotProcess(lambda: sandbox.base_url, Path(data_dir))
            sandbox.bot.start()
            yield sandbox.base_url


async def _two_cards(page: Page, url: str) -> None:
    """Have one piece finished, and another one under way."""
    async with aiohttp.ClientSession(url) as sandbox:
        await _set_pace(sandbox, queue_seconds=0, run_seconds=1)
        await _ask(page, "slow jazz at 70 bpm, double bass and brushed drums, late night")
        await expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=PATIENCE_MS)
        await expect(page.get_by_role("button", name="Again")).to_be_visible(timeout=PATIENCE_MS)

        await _set_pace(sandbox, queue_seconds=1, run_seconds=20)
        await _ask(page, "dreamy synthwave, night drive along the coast, 100 bpm")
        await expect(page.get_by_text("Making music")).to_be_visible(timeout=PATIENCE_MS)
        await expect(page.get_by_text("Generating")).to_be_visible(timeout=PATIENCE_MS)
    await page.locator("audio").evaluate_all("(all) => { all[0].currentTime = 21; }")
    await page.get_by_role("button", name="Play").click()
    await page.get_by_test_id("composer").click()
    # Lets smooth scrolling and the last edit come to rest.
    await asyncio.sleep(4)


async def _ask(page: Page, prompt: str) -> None:
    """Use /music as a person would."""
    composer = page.get_by_test_id("composer")
    await page.get_by_text("is online").wait_for()
    await composer.click()
    await page.keyboard.type("/music")
    await page.get_by_test_id("command-list").get_by_role("option").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.type(prompt)
    await page.keyboard.press("Enter")


async def _set_pace(sandbox: aiohttp.ClientSession, **seconds: float) -> None:
    async with sandbox.post("/control/fal", json=seconds) as answer:
        answer.raise_for_status()


if __name__ == "__main__":
    asyncio.run(main())
