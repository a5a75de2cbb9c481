"""Models as data: what they take, what they cost, and what to tell people about them. Pure.

One class per endpoint, in `vendors`, is the whole truth about a model. Commands, autocomplete, help,
estimates, refusals and the sandbox are derived from it.
"""

from bot.catalogue.about import FAL, PROVIDERS, About, Voice
from bot.catalogue.asking import Ask, Mode, Order, Original
from bot.catalogue.costs import cost
from bot.catalogue.describing import Description, Setting, describe
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.lyrics import Flaw, check_lyrics
from bot.catalogue.market import NO_NEWS, Market, Quote
from bot.catalogue.ordering import next_best, prepare
from bot.catalogue.output import Facts, Output, OutputFile, read_output
from bot.catalogue.registry import (
    all_models,
    default,
    endpoints_of,
    fallback,
    fallbacks,
    find,
    models,
    suggest,
    validate,
    with_key,
)
from bot.catalogue.varying import MOST_VARIATIONS, prepare_all

__all__ = [
    "FAL",
    "MOST_VARIATIONS",
    "NO_NEWS",
    "PROVIDERS",
    "About",
    "Ask",
    "Description",
    "Endpoint",
    "Facts",
    "Flaw",
    "Market",
    "Mode",
    "Order",
    "Original",
    "Output",
    "OutputFile",
    "Quote",
    "Setting",
    "Voice",
    "all_models",
    "check_lyrics",
    "cost",
    "default",
    "describe",
    "endpoints_of",
    "fallback",
    "fallbacks",
    "find",
    "models",
    "next_best",
    "prepare",
    "prepare_all",
    "read_output",
    "suggest",
    "validate",
    "with_key",
]
