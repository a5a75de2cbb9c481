"""What using a control of the settings asks for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.domain.ids import ChannelId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.jobs.preferences import Change, with_allowed, with_model
from bot.ui.settings.controls import OURS, Control, Use
from bot.ui.settings.sections import without

T = TypeVar("T", bound=int)


def change_of(control: Control) -> Change | None:
    """Give the change that a control asks for; None for those that only turn the page.

    Where a menu holds several things, only what was added or taken out since the page was drawn
    counts, so that two admins with the same page open do not undo each other's choices.

    Raises:
        InvalidInput: It cannot be.
    """
    make = _CHANGES.get(control.use)
    return None if make is None else make(control)


def _reset(control: Control) -> Change:
    return without(control.values)


def _exempt(control: Control) -> Change:
    values, shown = control.values, control.shown
    return lambda one: replace(one, exempt_roles=_merged(one.exempt_roles, values, shown))


def _block(control: Control) -> Change:
    users = frozenset(UserId(int(one)) for one in control.values)
    return lambda one: replace(one, blocked_users=one.blocked_users | users)


def _unblock(control: Control) -> Change:
    users = frozenset(UserId(int(one)) for one in control.values)
    return lambda one: replace(one, blocked_users=one.blocked_users - users)


def _channels(control: Control) -> Change:
    values, shown = control.values, control.shown
    return lambda one: replace(one, channels=_merged(one.channels, values, shown))


def _audit(control: Control) -> Change:
    chosen = [ChannelId(int(one)) for one in control.values]
    return lambda one: replace(one, audit_channel=chosen[0] if chosen else None)


def _allow(control: Control) -> Change:
    return with_allowed(control.offered, control.values, shown=control.shown)


def _allow_all(_: Control) -> Change:
    return lambda one: replace(one, allowed_models=frozenset())


def _usual(control: Control) -> Change:
    kind = Kind(control.argument.partition(".")[0])
    return with_model(kind, None if OURS in control.values else control.values[0])


def _format(control: Control) -> Change:
    chosen = None if OURS in control.values else AudioFormat(control.values[0])
    return lambda one: replace(one, format=chosen)


_CHANGES: Mapping[Use, Callable[[Control], Change]] = {
    Use.RESET: _reset,
    Use.EXEMPT: _exempt,
    Use.BLOCK: _block,
    Use.UNBLOCK: _unblock,
    Use.CHANNELS: _channels,
    Use.AUDIT: _audit,
    Use.ALLOW: _allow,
    Use.ALLOW_ALL: _allow_all,
    Use.USUAL: _usual,
    Use.FORMAT: _format,
}


def _merged(now: Collection[T], values: Collection[str], shown: Collection[str]) -> frozenset[T]:
    """Add what was added, and take out what was taken out."""
    come = {int(one) for one in values} - {int(one) for one in shown}
    gone = {int(one) for one in shown} - {int(one) for one in values}
    return frozenset((set(now) | come) - gone)  # type: ignore[arg-type] # ids are numbers
