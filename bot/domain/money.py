"""Money as whole micro-dollars, so that sums are exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

Micros = NewType("Micros", int)
"""Millionths of a US dollar."""

ZERO = Micros(0)


def micros(dollars: Decimal | str) -> Micros:
    """Convert dollars to micro-dollars, rounding half up."""
    exact = Decimal(dollars) * 1_000_000
    return Micros(int(exact.to_integral_value(rounding=ROUND_HALF_UP)))


def usd(amount: Micros) -> str:
    """Write an amount for people: two decimals, or as many as its first two digits need.

    >>> usd(Micros(20_000)), usd(Micros(200)), usd(Micros(12_340_000))
    ('$0.02', '$0.0002', '$12.34')
    """
    dollars = Decimal(amount) / 1_000_000
    if dollars == 0 or abs(dollars) >= Decimal("0.1"):
        return f"${dollars:.2f}"
    digits = f"{dollars:.6f}".rstrip("0")
    whole, _, fraction = digits.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"
