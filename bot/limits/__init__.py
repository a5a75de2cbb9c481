"""Who may how much, at what price, in which order. Pure: numbers in, decisions and sentences out.

Checking and reserving at once is the database's part; it applies these rules in one statement.
"""

from bot.limits.bucket import Bucket
from bot.limits.fairness import Share, Waiting, fair_order
from bot.limits.period import day_ends_at, day_of, period_of, resets_at
from bot.limits.policy import Caps, Overrides, Policy, Tier
from bot.limits.prices import CHEAP, DEAR, is_worth_telling, needs_confirming
from bot.limits.refusals import Scope, Standing, refusal
from bot.limits.rules import check_length, check_place

__all__ = [
    "CHEAP",
    "DEAR",
    "Bucket",
    "Caps",
    "Overrides",
    "Policy",
    "Scope",
    "Share",
    "Standing",
    "Tier",
    "Waiting",
    "check_length",
    "check_place",
    "day_ends_at",
    "day_of",
    "fair_order",
    "is_worth_telling",
    "needs_confirming",
    "period_of",
    "refusal",
    "resets_at",
]
