"""Identifiers. Discord's are snowflakes: 64-bit integers that grow with time."""

from datetime import UTC, datetime, timedelta
from typing import NewType

JobId = NewType("JobId", int)
"""The id of the Discord interaction that asked for the job, so accepting it twice is one row."""

GuildId = NewType("GuildId", int)
UserId = NewType("UserId", int)
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)

WorkerId = NewType("WorkerId", str)
"""One per process start; leases are held under it."""

_FIRST = datetime(2015, 1, 1, tzinfo=UTC)
_LOW_BITS = 22


def snowflake_at(moment: datetime) -> int:
    """Give the smallest id that Discord could have given out at a moment (Discord docs, Reference).

    >>> snowflake_at(datetime(2015, 1, 1, tzinfo=UTC))
    0
    """
    return max((moment - _FIRST) // timedelta(milliseconds=1), 0) << _LOW_BITS
