"""From what a member typed to the exact request, or to a sentence that says what to change."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from pydantic import ValidationError

from bot.catalogue.about import PROVIDERS, Voice
from bot.catalogue.advanced import read_advanced
from bot.catalogue.asking import Ask, Mode, Order
from bot.catalogue.endpoint import LONGEST_GUESS, Endpoint, Unfit
from bot.catalogue.limits import limits_of
from bot.catalogue.lyrics import check_lyrics
from bot.catalogue.market import NO_NEWS, Market
from bot.catalogue.registry import Model, default, fallbacks, find, models
from bot.catalogue.wording import has_words, is_sendable, listing, number, plain
from bot.domain.job import Json, Kind
from bot.domain.money import usd
from bot.errors import InvalidInput, NotAllowed

_TEXTS = {
    "prompt": "The prompt",
    "style": "The style",
    "lyrics": "The lyrics",
    "negative_prompt": "The negative prompt",
    "genre": "The genre",
    "key": "The key",
}
_ABLE = {
    "loop": "makes loops",
    "write_lyrics": "writes them itself",
    "lyrics": "sings yours",
    "negative_prompt": "can be told",
    "source_url": "works on audio",
}
"""What recommends another model to somebody who was refused for an option."""
_SHORT = 100
_COMMANDS = {
    Kind.MUSIC: "/music",
    Kind.SFX: "/sfx",
    Kind.SONG: "/song",
    Kind.REMIX: "/remix",
    Kind.STEMS: "/stems",
}


def prepare(ask: Ask, *, random: Random, market: Market = NO_NEWS) -> Order:
    """Turn what a member typed into a request that the endpoint accepts.

    The prompt goes out exactly as typed; genre, key, tempo and exclusions are added behind it only
    where they were given and the endpoint has no field for them. A seed is drawn where the
    endpoint takes one, so that a request whose answer was lost can be recognised.

    Args:
        ask: The options.
        random: Draws the seed.
        market: What is known of prices, and of models that are gone: those are neither chosen
            nor recommended.

    Raises:
        InvalidInput: With a sentence naming what was given, what the model takes and, where
            another model could do it, which.
    """
    ask = _tidy(ask)
    if ask.kind is Kind.STEMS:
        ask = replace(ask, prompt=None)  # taking sound apart needs no words
    _check_texts(ask)
    _check_numbers(ask)
    model = _choose(ask, market)
    try:
        return _order(model, ask, random, market)
    except Unfit as unfit:
        raise InvalidInput(_sentence(unfit, model, ask, market)) from unfit


def _tidy(ask: Ask) -> Ask:
    """Treat optional texts that hold nothing as left empty."""

    def kept(text: str | None) -> str | None:
        return text if text is not None and text.strip() else None

    return replace(
        ask,
        style=kept(ask.style),
        lyrics=kept(ask.lyrics),
        negative_prompt=kept(ask.negative_prompt),
        genre=kept(ask.genre),
        key=kept(ask.key),
        advanced=kept(ask.advanced),
        model=kept(ask.model),
    )


def _check_texts(ask: Ask) -> None:
    if ask.prompt is not None and not ask.prompt.strip():
        raise InvalidInput("The prompt is empty. Say in a few words how it should sound.")
    if ask.advanced is not None and not is_sendable(ask.advanced):
        raise InvalidInput("The advanced options have a broken character in them. Type them anew.")
    for option, name in _TEXTS.items():
        text = getattr(ask, option)
        if text is None:
            continue
        verb = "have" if option == "lyrics" else "has"
        if not is_sendable(text):
            raise InvalidInput(f"{name} {verb} a broken character in it. Type it anew.")
        if not has_words(text):
            raise InvalidInput(
                f"{name} {verb} no words in it, only signs, emoji or mentions. "
                "Say in a few words how it should sound."
            )
        if option in ("genre", "key") and len(text) > _SHORT:
            raise InvalidInput(
                f"{name} is {number(len(text))} characters; up to {_SHORT} are taken. "
                "Put the rest into the prompt."
            )


def _check_numbers(ask: Ask) -> None:
    if ask.tempo is not None and not 20 <= ask.tempo <= 300:
        raise InvalidInput(f"Tempo is 20 to 300 BPM; you gave {number(ask.tempo)}.")
    if ask.variations < 1:
        raise InvalidInput(f"Variations start at 1; you gave {number(ask.variations)}.")
    if ask.start is not None and ask.end is not None and ask.start >= ask.end:
        raise InvalidInput(
            f"The section starts at {number(ask.start)} s and ends at {number(ask.end)} s. "
            "Give an end that is later than the start."
        )
    if ask.lyrics is not None and ask.instrumental:
        raise InvalidInput(
            "There are lyrics, and there is to be no singing. Choose one of the two."
        )
    if ask.lyrics is not None and ask.write_lyrics:
        raise InvalidInput(
            "There are lyrics, and the model is to write them too. Choose one of the two."
        )


def next_best(
    ask: Ask,
    model: Model,
    *,
    random: Random,
    market: Market = NO_NEWS,
    besides: frozenset[str] = frozenset(),
) -> Order | None:
    """Give what another model would make of a request, or None when no other can.

    The best one that takes everything that was asked for. Nothing is left out for its sake.

    Args:
        ask: The options, as they were typed for `model`.
        model: The one that cannot serve.
        random: Draws the seed.
        market: What is known of prices and of models that are gone.
        besides: Further endpoints that are no help.
    """
    ask = _tidy(ask)
    for other in fallbacks(ask.kind, model, market=market, mode=_mode(ask)):
        if other.about.endpoint in besides:
            continue
        try:
            return prepare(replace(ask, model=other.about.endpoint), random=random, market=market)
        except InvalidInput:
            continue
    return None


def _mode(ask: Ask) -> Mode | None:
    return ask.remix_mode if ask.kind is Kind.REMIX else None


def _gone(model: Model, ask: Ask, market: Market) -> str:
    """Write that a model cannot be had, and which other one does the same at what price."""
    why = f"{model.about.title} is no longer available"
    if not market.has_key(model):
        house = PROVIDERS[model.about.provider]
        why = f"{model.about.title} cannot be used here, as this bot has no key for {house}"
    elif not market.is_allowed(model):
        why = f"This server does not allow {model.about.title}"
    order = next_best(ask, model, random=Random(0), market=market)
    if order is not None:
        price = f"about {usd(order.estimate)}"
        return f"{why}. Choose {order.title}, which can do this for {price}."
    other = default(ask.kind, market=market, mode=_mode(ask))
    price = market.price_of(other).price.phrase
    return f"{why}. Choose {other.about.title} ({price})."


def _choose(ask: Ask, market: Market) -> Model:
    """Take the model asked for, else the first that can do what the command is about."""
    mode = _mode(ask)
    if ask.model is None:
        if ask.kind is Kind.SONG and ask.write_lyrics:
            for model in models(ask.kind, market=market):
                if model.about.writes_lyrics and market.is_listed(model):
                    return model
        return default(ask.kind, market=market, mode=mode)
    model = find(ask.model, market=market)
    about = model.about
    if market.is_gone(model):
        refused = InvalidInput if market.is_allowed(model) else NotAllowed
        raise refused(_gone(model, ask, market))
    if ask.kind not in about.serves:
        others = [
            other.about.title
            for other in models(ask.kind, market=market)
            if market.is_listed(other)
        ]
        raise InvalidInput(
            f"{about.title} cannot be used with {_COMMANDS[ask.kind]}. "
            f"Choose {listing(others[:3])}."
        )
    if mode is not None and mode not in about.modes and (ask.mode or mode is not Mode.RESTYLE):
        others = [other.about.title for other in models(ask.kind, market=market, mode=mode)]
        raise InvalidInput(
            f"{about.title} cannot do the mode {mode.value}. Choose {listing(others[:3])}."
        )
    return model


def _order(model: Model, ask: Ask, random: Random, market: Market) -> Order:
    draft = model.from_ask(ask)
    names: dict[str, str] = {}
    if ask.advanced is not None:
        further, names = read_advanced(model, ask.advanced)
        for field in further:
            if field in draft:
                raise Unfit(f"{names[field]} is given twice", "Leave it out of advanced")
        draft |= further
    model.complete(draft, ask)
    seed = model.takes.get("seed")
    if seed is not None and draft.get(seed.field) is None:
        limits = model.limits("seed")
        draft[seed.field] = random.randint(int(limits.low or 0), int(limits.high or 0))
    body = _checked(model, draft, names)
    if ask.lyrics is not None:
        flaws = check_lyrics(model, ask.lyrics, body.length(None))
        if flaws:
            raise Unfit(flaws[0].sentence.rstrip("."))
    return _priced(model, body, ask, market)


def _refuse_unplayable(body: Endpoint) -> None:
    """Refuse what would be paid for and could not be played."""
    for path, values in body.unplayable.items():
        value: Any = body
        for name in path.split("."):
            value = getattr(value, name, None)
        if value in values:
            what = f"{path}={str(value).lower()} gives something that no player opens"
            raise Unfit(what, "Leave it out, and choose the format with the format option")


def _checked(model: Model, draft: dict[str, Json], names: dict[str, str]) -> Endpoint:
    """Check the whole request with the endpoint's own class."""
    try:
        body = model.model_validate(draft)
    except ValidationError as error:
        raise Unfit(*_explain(model, error, names)) from error
    _refuse_unplayable(body)
    seed = model.takes.get("seed")
    if seed is not None:
        model.check("seed", getattr(body, seed.field))
    return body


def _explain(model: Model, error: ValidationError, names: dict[str, str]) -> tuple[str, str]:
    """Say which field is wrong, what it takes, and what was given."""
    first = error.errors(include_url=False)[0]
    field, *rest = [str(part) for part in first["loc"]] or ["advanced"]
    title = model.about.title
    name = names.get(field, field)
    if first["type"] == "missing" and not rest:
        return f"{title} needs {name}", f"Add {name}=… to advanced"
    if field not in model.model_fields:
        return f"{title}: {first['msg'].removeprefix('Value error, ')}", ""
    takes = limits_of(model.model_fields[field])
    if rest and takes.nested:
        path = ".".join([name, *rest])
        hint = first["msg"][:1].lower() + first["msg"][1:]
        return f"{title} cannot use {path} as given: {hint}", ""
    given: Any = first["input"]
    shown = number(given) if isinstance(given, (int, float)) and given is not True else str(given)
    return (
        f"{title} takes {takes.phrase} for {name}; you gave {plain(shown)}",
        "Change it or leave it out",
    )


def _priced(model: Model, body: Endpoint, ask: Ask, market: Market) -> Order:
    about = model.about
    quote = market.price_of(model)
    seconds = body.length(ask.source_seconds)
    outputs = body.outputs()
    billed = ask.source_seconds if getattr(quote.price, "source", False) else seconds
    reckoned = billed or about.longest or LONGEST_GUESS
    return Order(
        model=about.endpoint,
        title=about.title,
        arguments=body.model_dump(mode="json", exclude_unset=True),
        estimate=quote.price.estimate(seconds=reckoned, outputs=outputs),
        seconds=seconds,
        run_seconds=about.run_seconds,
        start_seconds=about.start_seconds,
        outputs=outputs,
        priced_by=quote.source,
    )


def _sentence(unfit: Unfit, model: Model, ask: Ask, market: Market) -> str:
    """Write the refusal, with a model that can where there is one."""
    remedy = unfit.remedy
    other = _alternative(unfit, model, ask, market)
    if other is not None:
        hint = f"{'choose' if remedy else 'Choose'} {other.about.title}{_which(other, unfit)}"
        remedy = f"{remedy}, or {hint}" if remedy else hint
    return f"{unfit.what}. {remedy}." if remedy else f"{unfit.what}."


def _alternative(unfit: Unfit, model: Model, ask: Ask, market: Market) -> Model | None:
    if unfit.option is None:
        return None
    mode = _mode(ask)
    # A field of its own serves better than words in the prompt.
    ranked = sorted(
        models(ask.kind, market=market, mode=mode),
        key=lambda other: unfit.option not in other.takes,
    )
    for other in ranked:
        if other is model or not market.is_listed(other):
            continue
        try:
            other.check(unfit.option, unfit.value)
        except Unfit:
            continue
        return other
    return None


def _which(other: Model, unfit: Unfit) -> str:
    """Say what recommends the other model."""
    words = ""
    match unfit.option:
        case "duration" | "seed" | "strength" | "start" | "end" | "before" | "after" as option:
            if option in other.takes and other.takes[option].choices is None:
                unit = "" if option in ("seed", "strength") else "s"
                words = f"takes {other.limits(option).range_phrase(unit)}"
        case "instrumental" if other.about.voice is Voice.NEVER:
            words = "never sings"
        case "instrumental":
            words = "can do without" if unfit.value else "sings"
        case str() as option:
            words = _ABLE.get(option, "")
        case _:
            pass
    return f", which {words}" if words else ""
