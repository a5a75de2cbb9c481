"""A browser for the whole run, and a page on a scripted far end for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tests.sandbox.web.far_end import FarEnd

PATIENCE_MILLISECONDS = 15_000
"""Nothing takes that long; a busy machine may take longer than the five seconds that are usual."""


# Without slots: Playwright keeps its wrapper of a bound method on the method's object.
@dataclass
class Room:
    """An open page, what is behind it, and whatever the browser complained about."""

    page: Page
    far: FarEnd
    complaints: list[str] = field(default_factory=list)

    async def enter(self, query: str = "") -> None:
        """Open the page, and wait until it hears what happens."""
        async with self.page.expect_websocket():
            await self.page.goto(f"{self.far.base_url}/{query}")
        await self.page.get_by_test_id("channel-music").wait_for(state="attached")
        await self.far.heard()

    def heed(self, message: ConsoleMessage) -> None:
        """Remember an error of the console."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    """Run one headless browser."""
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def room(chromium: Browser) -> AsyncIterator[Room]:
    """Serve a far end and open an empty page; the browser must have nothing to complain about."""
    far = FarEnd()
    runner = web.AppRunner(far.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    far.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    page = await chromium.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    room = Room(page=page, far=far)
    page.on("console", room.heed)
    page.on("pageerror", lambda error: room.complaints.append(str(error)))
    yield room
    await page.close()
    await far.cut()
    await runner.cleanup()
    assert room.complaints == []
