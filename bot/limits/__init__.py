"""Who may how much, at what price, in which order. Pure: numbers in, decisions and sentences out.

Checking and reserving at once is the database's part; it applies these rules in one statement.
"""

from bot.limits.bucket import Bucket
from bot.limits.fairness import Share, Waiting, fair_order
from bot.limits.period import period_of, resets_at
from bot.limits.policy import Caps, Overrides, Policy
from bot.limits.refusals import Scope, Standing, refusal

__all__ = [
    "Bucket",
    "Caps",
    "Overrides",
    "Policy",
    "Scope",
    "Share",
    "Standing",
    "Waiting",
    "fair_order",
    "period_of",
    "refusal",
    "resets_at",
]
