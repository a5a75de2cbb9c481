"""Shorthand for the tests of this room: ask for something, get an order or a refusal."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bot.catalogue import Ask, Order, prepare
from bot.domain.job import Kind
from bot.errors import InvalidInput

PROMPT = "a calm piano over soft rain"


def order(kind: Kind = Kind.MUSIC, **options: Any) -> Order:
    """Prepare an order with a fixed seed source."""
    return prepare(Ask(kind=kind, **{"prompt": PROMPT, **options}), random=Random(7))


def refusal(kind: Kind = Kind.MUSIC, **options: Any) -> str:
    """Give the sentence with which an ask is refused; fail if it is not."""
    with pytest.raises(InvalidInput) as refused:
        order(kind, **options)
    return refused.value.sentence
