"""Words that a server does not want to hear of, however they are written. Pure."""

from bot.limits.words.blocklist import LONGEST_WORD, Blocklist, blocklist

__all__ = ["LONGEST_WORD", "Blocklist", "blocklist"]
