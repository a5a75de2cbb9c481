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

    >>> usd(Micros(20_000)), usd(Micros(200)), usd(Micros(42_020)), usd(Micros(12_340_000))
    ('$0.02', '$0.0002', '$0.042', '$12.34')
    """
    dollars = Decimal(amount) / 1_000_000
    decimals = 2 if dollars == 0 else max(2, 1 - dollars.adjusted())
    whole, _, fraction = f"{dollars:.{decimals}f}".partition(".")
    return f"${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def usd_exactly(amount: Micros) -> str:
    """Write an amount to its last digit, for price lists and books.

    >>> usd_exactly(Micros(20_000)), usd_exactly(Micros(42_020))
    ('$0.02', '$0.04202')
    """
    whole, _, fraction = f"{Decimal(amount) / 1_000_000:.6f}".partition(".")
    return f"${whole}.{fraction.rstrip('0').ljust(2, '0')}"
