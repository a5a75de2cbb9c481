"""Amounts as people read them."""

from __future__ import annotations

import pytest

from bot.domain.money import Micros, usd


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (234, "$0.00023"),
        (20_000, "$0.02"),
        (42_020, "$0.042"),
        (99_990, "$0.10"),
        (123_456, "$0.12"),
        (12_340_000, "$12.34"),
        (-42_020, "$-0.042"),
    ],
)
def test_an_amount_has_two_decimals_or_its_first_two_digits(amount: int, shown: str) -> None:
    """A tenth of a cent matters where a piece costs four, and a millionth does not."""
    assert usd(Micros(amount)) == shown
