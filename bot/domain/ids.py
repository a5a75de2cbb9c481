"""Identifiers. Discord's are snowflakes: 64-bit integers that grow with time."""

from typing import NewType

JobId = NewType("JobId", int)
"""The id of the Discord interaction that asked for the job, so accepting it twice is one row."""

GuildId = NewType("GuildId", int)
UserId = NewType("UserId", int)
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)

WorkerId = NewType("WorkerId", str)
"""One per process start; leases are held under it."""
