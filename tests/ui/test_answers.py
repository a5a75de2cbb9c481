"""Answers to one person: the sentence, and nothing of what lies behind it."""

from __future__ import annotations

import logging
import re

import pytest

from bot.errors import Busy, InvalidInput, LimitReached, MissingPermissions, StoreError
from bot.ui.answers import sentence_for

OURS = [
    InvalidInput("This takes up to 47 seconds; you gave 60."),
    LimitReached("You have used up what one member may start."),
    MissingPermissions('Minstrel needs "Send Messages".', names=("Send Messages",)),
    Busy("The music service is busy."),
    StoreError("The disk is full."),
]


@pytest.mark.parametrize("error", OURS, ids=lambda error: error.code)
def test_our_own_errors_are_told_as_they_are(error: Exception) -> None:
    """Each carries a sentence that is safe for anyone."""
    assert sentence_for(error) == str(error)


def test_what_is_not_ours_is_told_as_an_incident(caplog: pytest.LogCaptureFixture) -> None:
    """The person reads a number, the operator finds it in the log with all there is to know."""
    error = ValueError("secret detail of line 7")

    told = sentence_for(error)

    found = re.search(r"incident ([0-9a-f]{6})", told)
    assert found is not None
    assert "secret" not in told
    assert "ValueError" not in told
    assert f"incident {found[1]}" in caplog.text
    assert "secret detail" in caplog.text


def test_a_members_own_mistake_is_no_news_for_the_operator(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Refusals are daily life; only our own trouble is worth a warning."""
    sentence_for(InvalidInput("No such model."))

    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
