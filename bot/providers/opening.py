"""Making the providers that an operator's settings ask for."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bot.config import Settings
from bot.domain.clock import Clock
from bot.errors import StartupError
from bot.providers.base import Provider
from bot.providers.fal import FalProvider
from bot.providers.novakit import NovaKitProvider
from bot.providers.nur import NurProvider


async def open_fal(settings: Settings, stack: AsyncExitStack, *, clock: Clock) -> FalProvider:
    """Open fal, which everything else leans on; the stack closes it.

    Raises:
        StartupError: Its key is not set, or an address of it cannot be used.
    """
    if settings.fal_key is None:
        raise StartupError("FAL_KEY is not set. Put your fal key into it, as id:secret.")
    fal = FalProvider(
        key=settings.fal_key,
        clock=clock,
        queue_url=settings.fal_queue_url,
        rest_url=settings.fal_rest_url,
        api_url=settings.fal_api_url,
    )
    return await stack.enter_async_context(fal)


async def open_further(
    settings: Settings, stack: AsyncExitStack, *, clock: Clock, fal: FalProvider
) -> dict[str, Provider]:
    """Open the providers whose keys are set; give all by name, fal among them.

    Raises:
        StartupError: One of their addresses is missing, or cannot be used.
    """
    providers: dict[str, Provider] = {fal.name: fal}
    if settings.novakit_api_key is not None:
        novakit = NovaKitProvider(
            key=settings.novakit_api_key, url=settings.novakit_url, clock=clock, storage=fal
        )
        await stack.enter_async_context(novakit)
        providers[novakit.name] = novakit
    if settings.nur_api_key is not None:
        if settings.nur_url is None:
            raise StartupError(
                "NUR_API_KEY is set, but NUR_URL is not. Put the address of Nur's API into it, "
                "as your account there shows it."
            )
        nur = NurProvider(key=settings.nur_api_key, url=settings.nur_url, clock=clock)
        await stack.enter_async_context(nur)
        providers[nur.name] = nur
    return providers
