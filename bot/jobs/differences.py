"""What has changed in a server's settings, one sentence for each thing: for admins and audits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

from bot import catalogue
from bot.catalogue import NO_NEWS, Market
from bot.domain.job import AudioFormat, Kind
from bot.errors import InvalidInput
from bot.jobs.choices import NUMBERS, OF_TIERS, Above, Number
from bot.store.guilds import GuildSettings, Tier

T = TypeVar("T", int, str)

_NAMED = 10
"""How many things of a kind are named; of more their number is told."""


def differences(
    before: GuildSettings, after: GuildSettings, above: Above, *, market: Market = NO_NEWS
) -> list[str]:
    """Say what is different, in sentences such as "Members may now start 10 per hour (was 30)".

    Roles, members and channels are mentioned as Discord writes mentions. Blocked words are
    counted, not named, as whoever reads of the change need not read them.
    """
    return [
        *_numbers(before, after, above),
        *_tiers(before, after, above),
        *_people(before, after),
        *_channels(before, after),
        *_models(before, after, market),
        *_rest(before, after),
    ]


def _numbers(before: GuildSettings, after: GuildSettings, above: Above) -> Iterator[str]:
    for name, number in NUMBERS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield _number(number, old, new, above)


def _number(number: Number, old: int | None, new: int | None, above: Above) -> str:
    theirs = above.numbers.get(number.name)
    if old is not None:
        was = number.shown(old)
    else:
        was = "not set" if theirs is None else f"{number.whose}'s {number.shown(theirs)}"
    if new is not None:
        return f"{number.says.format(number.shown(new))} (was {was})."
    if theirs is None:
        return f"{number.free} (was {was})."
    return f"{number.says.format(number.shown(theirs))}, as {number.whose} has it (was {was})."


def _tiers(before: GuildSettings, after: GuildSettings, above: Above) -> Iterator[str]:
    for role in sorted(before.tiers.keys() | after.tiers.keys()):
        old, new = before.tiers.get(role), after.tiers.get(role)
        if new is None:
            yield f"Members with <@&{role}> now have the same numbers as everybody."
        elif old != new:
            yield from _tier(role, old or Tier(), new)


def _tier(role: int, old: Tier, new: Tier) -> Iterator[str]:
    who = f"Members with <@&{role}>"
    for name, number in OF_TIERS.items():
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        earlier = "as everybody" if was is None else number.shown(was)
        if now is None:
            yield f"{who}: {number.label.lower()} is now as for everybody (was {earlier})."
        else:
            says = number.says.format(number.shown(now)).replace("Members", who, 1)
            yield f"{says} (was {earlier})."


def _people(before: GuildSettings, after: GuildSettings) -> Iterator[str]:
    gone, come = _moved(before.exempt_roles, after.exempt_roles)
    role = "<@&{}>".format
    if come:
        yield f"Members with {_names(come, role)} are now exempt from this server's limits for members."
    if gone:
        yield f"Members with {_names(gone, role)} are no longer exempt from this server's limits."
    gone, come = _moved(before.blocked_users, after.blocked_users)
    user = "<@{}>".format
    if come:
        yield f"{_names(come, user)} may no longer ask for anything."
    if gone:
        yield f"{_names(gone, user)} may ask again."


def _channels(before: GuildSettings, after: GuildSettings) -> Iterator[str]:
    channel = "<#{}>".format
    if before.channels != after.channels:
        was = f"only in {_names(before.channels, channel)}" if before.channels else "everywhere"
        if after.channels:
            now = f"now taken only in {_names(after.channels, channel)}"
        else:
            now = "now taken in every channel"
        yield f"Requests are {now} (before: {was})."
    if before.audit_channel != after.audit_channel:
        was = channel(before.audit_channel) if before.audit_channel else "nowhere"
        if after.audit_channel:
            now = f"now told in {channel(after.audit_channel)}"
        else:
            now = "no longer told in a channel"
        yield f"Requests, refusals and changes of settings are {now} (before: {was})."


def _models(before: GuildSettings, after: GuildSettings, market: Market) -> Iterator[str]:
    for kind in Kind:
        old, new = before.models.get(kind), after.models.get(kind)
        if old == new:
            continue
        was = title(old) if old else "Minstrel's choice"
        now = title(new) if new else "Minstrel's choice"
        yield f"/{kind.value} now uses {now} when no model is named (was {was})."
    if before.allowed_models == after.allowed_models:
        return
    if not after.allowed_models:
        yield "Every model may be used again."
        return
    everything = {
        model.about.endpoint for model in catalogue.all_models() if not market.is_gone(model)
    }
    gone, come = _moved(before.allowed_models or everything, after.allowed_models)
    if gone:
        yield f"{_names(gone, title, many='models')} may no longer be used."
    if come:
        yield f"{_names(come, title, many='models')} may be used again."
    if not gone and not come:
        yield "Models that are added later must now be allowed first."


def _rest(before: GuildSettings, after: GuildSettings) -> Iterator[str]:
    if before.format is not after.format:
        was, now = (one or AudioFormat.MP3 for one in (before.format, after.format))
        back = "" if after.format else ", Minstrel's choice"
        yield f"Files are now {now.value}{back} when no format is named (was {was.value})."
    gone, come = _moved(before.blocked_words, after.blocked_words)
    total = len(after.blocked_words)
    if come:
        yield f"{_words(len(come))} added to the blocked list, which has {total:,} now."
    if gone:
        yield f"{_words(len(gone))} taken off the blocked list, which has {total:,} now."


def _words(count: int) -> str:
    return "1 word or phrase was" if count == 1 else f"{count:,} words or phrases were"


def _moved(old: Collection[T], new: Collection[T]) -> tuple[list[T], list[T]]:
    """Give what went and what came, sorted."""
    return sorted(set(old) - set(new)), sorted(set(new) - set(old))


def _names(things: Collection[T], name: Callable[[T], str], *, many: str = "more") -> str:
    """Name things, and count those that are too many to name."""
    names: list[str] = [name(one) for one in sorted(things)]
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} {many}"]
    return listing(names)


def listing(names: Sequence[str]) -> str:
    """Join names as a sentence does: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def title(model: str) -> str:
    """Give a model's name for people; its id where it left the catalogue since."""
    try:
        return catalogue.find(model).about.title
    except InvalidInput:
        return model
