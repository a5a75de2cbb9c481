"""Finding models: by id, by title, by command. Every class in `vendors` is found by itself."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.catalogue import vendors
from bot.catalogue.about import PROVIDERS, About
from bot.catalogue.asking import Mode
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.market import NO_NEWS, Market
from bot.catalogue.wording import cut, listing, plain
from bot.domain.job import Kind
from bot.errors import InvalidInput

Model = type[Endpoint]


@cache
def all_models() -> tuple[Model, ...]:
    """Give every model there is, by title."""
    found: set[Model] = set()
    for info in pkgutil.iter_modules(vendors.__path__):
        module = importlib.import_module(f"{vendors.__name__}.{info.name}")
        found.update(
            thing
            for thing in vars(module).values()
            if isinstance(thing, type)
            and issubclass(thing, Endpoint)
            and isinstance(thing.__dict__.get("about"), About)
        )
    return tuple(sorted(found, key=lambda model: (model.about.title, model.about.endpoint)))


def models(kind: Kind, *, market: Market = NO_NEWS, mode: Mode | None = None) -> tuple[Model, ...]:
    """Give the models that serve a command, the default first, without those that are gone."""
    serving = [
        model
        for model in all_models()
        if kind in model.about.serves
        and not market.is_gone(model)
        and (mode is None or mode in model.about.modes)
    ]
    return tuple(sorted(serving, key=lambda model: model.about.serves[kind]))


def default(kind: Kind, *, market: Market = NO_NEWS, mode: Mode | None = None) -> Model:
    """Give the model that is used when nobody chose one.

    Raises:
        InvalidInput: Every model for it is gone.
    """
    serving = models(kind, market=market, mode=mode)
    listed = [model for model in serving if market.is_listed(model)] or list(serving)
    if not listed and market.allowed is not None:
        raise InvalidInput(
            "None of the models that this server allows can do this. Its admins choose them with "
            "/settings; please ask one of them."
        )
    if not listed:
        raise InvalidInput("No model for this is available right now. Ask the bot's operator.")
    return listed[0]


def fallbacks(
    kind: Kind, model: Model, *, market: Market = NO_NEWS, mode: Mode | None = None
) -> tuple[Model, ...]:
    """Give the other models that do the same for a command, the best first."""
    wanted = {mode} if mode else model.about.modes if kind is Kind.REMIX else frozenset()
    return tuple(
        other
        for other in models(kind, market=market)
        if other is not model
        and market.is_listed(other)
        and (not wanted or wanted & other.about.modes)
    )


def fallback(
    kind: Kind, model: Model, *, market: Market = NO_NEWS, mode: Mode | None = None
) -> Model | None:
    """Give the next best model for a command, or None when there is no other."""
    return next(iter(fallbacks(kind, model, market=market, mode=mode)), None)


def endpoints_of(provider: str) -> tuple[str, ...]:
    """Give the endpoint ids of the models that a provider runs."""
    return tuple(model.about.endpoint for model in all_models() if model.about.provider == provider)


@cache
def _by_id() -> Mapping[str, Model]:
    return {model.about.endpoint.lower(): model for model in all_models()}


def find(typed: str, *, market: Market = NO_NEWS) -> Model:
    """Find a model by its endpoint id or its title, in upper or lower case.

    One that is gone, or whose provider has no key here, is found all the same.

    Raises:
        InvalidInput: There is no such model; the sentence names the nearest ones that can be had.
    """
    name = typed.strip().lower()
    by_title = {model.about.title.lower(): model for model in all_models()}
    model = _by_id().get(name) or by_title.get(name)
    if model is not None:
        return model
    names = [*by_title, *_by_id()]
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.4)
    ends = {key.rsplit("/", 1)[-1]: key for key in _by_id()}
    near += [ends[end] for end in difflib.get_close_matches(name, ends, n=2, cutoff=0.5)]
    nearest = dict.fromkeys(by_title.get(key) or _by_id()[key] for key in near)
    found = [one for one in nearest if market.has_key(one)][:3]
    hint = "Pick one from the list while typing, or see /models."
    if found:
        names = [f"{item.about.title} ({item.about.endpoint})" for item in found]
        hint = f"Did you mean {listing(names)}?"
    raise InvalidInput(f"There is no model called {plain(typed)}. {hint}")


def with_key(model: Model, market: Market) -> Model:
    """Give a model back, if this bot has a key for its provider.

    Raises:
        InvalidInput: It has none.
    """
    if market.has_key(model):
        return model
    house = PROVIDERS[model.about.provider]
    raise InvalidInput(
        f"{model.about.title} cannot be used here, as this bot has no key for {house}. "
        "Choose another model; /models lists them."
    )


def suggest(
    kind: Kind, typed: str, *, limit: int = 25, market: Market = NO_NEWS
) -> list[tuple[str, str]]:
    """List (label, endpoint id) of a command's models that match what was typed so far.

    A model that the provider no longer publishes is shown to those who look for it only. Labels
    are at most 100 characters, as Discord wants choices to be.
    """
    words = typed.lower().split()
    found = []
    for model in models(kind, market=market):
        about = model.about
        if market.is_hidden(model) and not words:
            continue
        text = f"{about.title} {about.endpoint} {about.use}".lower()
        if all(word in text for word in words):
            note = "" if market.is_listed(model) else " · may be gone"
            price = market.price_of(model).price.phrase
            label = f"{about.title} · {price}{note} · {about.use}"
            found.append((cut(label, limit=100), about.endpoint))
    return found[:limit]


def validate(endpoint: str, body: Mapping[str, Any]) -> Endpoint:
    """Check a request body as the endpoint itself would.

    Raises:
        KeyError: There is no such endpoint.
        pydantic.ValidationError: The endpoint would answer 422.
    """
    return _by_id()[endpoint.lower()].model_validate(dict(body))
