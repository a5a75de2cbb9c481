"""The menus of models: which may be used, and which is used when none is named."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot import catalogue
from bot.catalogue import Endpoint
from bot.catalogue.wording import cut
from bot.domain.job import Kind
from bot.ui.settings.controls import OURS, Item, Use, control_id
from bot.ui.settings.sections import Place, Standing

PAGE_LENGTH = 24
"""Models in one menu: it holds 25 (Discord docs, Component Reference), and one means "ours"."""


def model_rows(standing: Standing, place: Place, *, length: int = PAGE_LENGTH) -> list[list[Item]]:
    """Give the rows for the models of one command, a page of them at a time."""
    kind = place.kind
    models = catalogue.models(kind, market=standing.market)
    pages = max(1, -(-len(models) // length))
    page = min(place.page, pages - 1)
    here = models[page * length : (page + 1) * length]
    argument = f"{kind.value}.{page}"
    rows: list[list[Item]] = [[_command_menu(kind)]]
    if here:
        rows += [
            [_allowed_menu(standing, here, argument)],
            [_usual_menu(standing, kind, here, argument)],
        ]
    buttons: list[Item] = []
    if page > 0:
        buttons.append(_button("Earlier models", Use.MODELS, f"{kind.value}.{page - 1}"))
    if page < pages - 1:
        buttons.append(_button("More models", Use.MODELS, f"{kind.value}.{page + 1}"))
    if standing.settings.allowed_models:
        buttons.append(_button("Allow all models", Use.ALLOW_ALL, argument))
    return [*rows, buttons] if buttons else rows


def _command_menu(kind: Kind) -> Item:
    options = [
        discord.SelectOption(
            label=f"The models of /{one.value}", value=one.value, default=one is kind
        )
        for one in Kind
    ]
    return discord.ui.Select(custom_id=control_id(Use.COMMAND), options=options)


def _allowed_menu(standing: Standing, here: Iterable[type[Endpoint]], argument: str) -> Item:
    allowed = standing.settings.allowed_models
    options = [
        discord.SelectOption(
            label=cut(f"Allow {model.about.title}", limit=100),
            value=model.about.endpoint,
            description=cut(_facts(model, standing), limit=100),
            default=not allowed or model.about.endpoint in allowed,
        )
        for model in here
    ]
    return discord.ui.Select(
        custom_id=control_id(Use.ALLOW, argument),
        placeholder="Allowed models: none of these",
        min_values=0,
        max_values=len(options),
        options=options,
    )


def _usual_menu(
    standing: Standing, kind: Kind, here: Iterable[type[Endpoint]], argument: str
) -> Item:
    allowed = standing.settings.allowed_models
    chosen = standing.settings.models.get(kind)
    own = standing.usual(kind) if chosen is None else None
    options = [
        discord.SelectOption(
            label="Usually Minstrel's own choice",
            value=OURS,
            description=f"now {own.about.title}" if own else None,
            default=chosen is None,
        )
    ]
    options += [
        discord.SelectOption(
            label=cut(f"Usually {model.about.title}", limit=100),
            value=model.about.endpoint,
            description=cut(_facts(model, standing), limit=100),
            default=model.about.endpoint == chosen,
        )
        for model in here
        if not allowed or model.about.endpoint in allowed
    ]
    return discord.ui.Select(
        custom_id=control_id(Use.USUAL, argument),
        placeholder=f"The model of /{kind.value} when none is named",
        options=options,
    )


def _facts(model: type[Endpoint], standing: Standing) -> str:
    return f"{standing.market.price_of(model).price.phrase} · {model.about.use}"


def _button(label: str, use: Use, argument: str) -> Item:
    return discord.ui.Button(label=label, custom_id=control_id(use, argument))
