"""A newcomer in front of the page: types, watches the card change, presses play, hears something."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

from sandbox.app import Sandbox
from tests.e2e.rig import Member, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

# Decodes what the player plays, and gives its loudness: 0 is silence.
LOUDNESS = """async (url) => {
    const data = await (await fetch(url)).arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(data);
    const samples = sound.getChannelData(0);
    return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
}"""


@pytest.fixture
async def page(sandbox: Sandbox, member: Member, chromium_path: str) -> AsyncIterator[Page]:
    """The sandbox's page in a real browser; anything on its console fails the test."""
    del member
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(sandbox.base_url)
        yield page
        await browser.close()
        assert complaints == []


async def test_a_newcomer_makes_music_and_hears_it(page: Page, member: Member) -> None:
    """The command is typed, the card changes at least twice, and the result is not silent."""
    await member.send("POST", "/control/fal", {"queue_seconds": 1, "run_seconds": 2})
    composer = page.get_by_test_id("composer")
    await composer.click()
    await composer.press_sequentially("/music")
    await page.get_by_test_id("command-item-music").click()
    await page.get_by_test_id("option-input-prompt").fill("cheerful piano, 120 bpm")
    await page.get_by_test_id("send").click()

    card = page.locator("[data-testid^=message-]", has_text="cheerful piano, 120 bpm")
    await card.wait_for()
    seen: list[str] = []
    while not await card.locator("audio").count():
        words = await card.inner_text()
        if not seen or seen[-1] != words:
            seen.append(words)
        await page.wait_for_timeout(50)

    assert len(seen) >= 3, seen
    audio = card.locator("audio").first
    assert await page.evaluate(LOUDNESS, await audio.get_attribute("src")) > 0.02
    await card.get_by_role("button", name="Play").first.click()

    async def is_heard() -> bool | None:
        return await audio.evaluate("one => one.currentTime") > 0.2 or None

    await until(is_heard, "the sound")
