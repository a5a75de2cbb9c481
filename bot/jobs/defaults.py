"""Which model a server's own settings choose, as far as it can still be had. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot import catalogue
from bot.catalogue import Ask, Endpoint, Market
from bot.domain.job import Kind
from bot.errors import InvalidInput
from bot.store.guilds import GuildSettings

LOST = "lost_model"
"""Where a job's options name the server's own model, if it was gone when the job was accepted."""


def own_models(chosen: GuildSettings, market: Market) -> dict[Kind, str]:
    """Give the models that a server chose, by command, without those that are gone."""
    return {kind: model for kind, model in chosen.models.items() if not is_lost(model, market)}


def own_model(chosen: GuildSettings, kind: Kind, market: Market) -> str | None:
    """Give the model that a server chose for a command; None where it has none, or it is gone."""
    model = chosen.models.get(kind)
    return None if model is None or is_lost(model, market) else model


def lost_model(chosen: GuildSettings, kind: Kind, market: Market) -> str | None:
    """Give the model that a server chose for a command, if it cannot be had any more."""
    model = chosen.models.get(kind)
    return model if model is not None and is_lost(model, market) else None


def usual_model(chosen: GuildSettings, kind: Kind, market: Market) -> type[Endpoint]:
    """Give the model that a command uses in a server when nobody names one.

    Raises:
        InvalidInput: There is none that can be had and is allowed.
    """
    market = market.only(chosen.allowed_models)
    own = own_model(chosen, kind, market)
    return catalogue.default(kind, market=market) if own is None else catalogue.find(own)


def with_own_model(ask: Ask, chosen: GuildSettings, market: Market) -> Ask:
    """Name the model that a server uses where the member named none, if it can do this."""
    model = own_model(chosen, ask.kind, market)
    if ask.model is not None or model is None:
        return ask
    about = catalogue.find(model).about
    if ask.kind is Kind.REMIX and ask.remix_mode not in about.modes:
        return ask
    if ask.kind is Kind.SONG and ask.write_lyrics and not about.writes_lyrics:
        return ask
    return replace(ask, model=model)


def is_lost(endpoint: str, market: Market) -> bool:
    """Say whether a model left the platform, or the catalogue."""
    try:
        return market.is_gone(catalogue.find(endpoint))
    except InvalidInput:
        return True
