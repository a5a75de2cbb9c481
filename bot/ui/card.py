"""How a job looks in the channel, from the first second to the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import discord

from bot.domain.job import Failure, Job, Kind, State
from bot.domain.money import usd
from bot.domain.offers import PriceSource
from bot.errors import ModelGone, QuotaSpent, Refused
from bot.jobs.board import CardState, Sound
from bot.jobs.defaults import LOST
from bot.jobs.delivery import Rendering
from bot.jobs.delivery.names import BECAME, MADE_FROM, WAVEFORM_NAME
from bot.jobs.progress import fraction_of
from bot.ui.buttons import buttons_for
from bot.ui.text import NOUNS, ago, length, ordinal, shown, title_of
from bot.ui.variations import count_line, loss_lines, part_names, sound_lines

TITLE_LENGTH = 120
PROMPT_LENGTH = 600
LOG_LENGTH = 120

_GREY = discord.Colour(0x80848E)
_BLUE = discord.Colour(0x5865F2)
_AMBER = discord.Colour(0xF0B232)
_GREEN = discord.Colour(0x23A55A)
_RED = discord.Colour(0xF23F43)

_COLOURS: Mapping[State, discord.Colour] = {
    State.ACCEPTED: _GREY,
    State.DISPATCHING: _GREY,
    State.UNKNOWN: _AMBER,
    State.SUBMITTED: _BLUE,
    State.RUNNING: _BLUE,
    State.GENERATED: _BLUE,
    State.DELIVERED: _GREEN,
    State.UNDELIVERED: _AMBER,
    State.FAILED: _RED,
    State.CANCELLED: _GREY,
    State.TIMED_OUT: _RED,
}

_BAR_LENGTH = 10
_BAR_STARTS: Mapping[State, int] = {
    State.ACCEPTED: 1,
    State.DISPATCHING: 1,
    State.UNKNOWN: 1,
    State.SUBMITTED: 2,
    State.RUNNING: 3,
    State.GENERATED: 9,
}
LINK_LENGTH = 60


def render(state: CardState) -> Rendering:
    """Draw a card."""
    job = state.job
    embed = discord.Embed(
        title=shown(job.prompt, limit=TITLE_LENGTH),
        colour=_AMBER if state.paused else _COLOURS[job.state],
    )
    if job.state is State.DELIVERED:
        _draw_result(embed, state)
    elif job.state.is_final:
        _draw_end(embed, job)
    else:
        _draw_stage(embed, state)
    content = f"🎵 {NOUNS[job.kind]} for <@{job.user_id}>"
    return Rendering(content=content, embed=embed, view=buttons_for(job, rings=state.rings))


def _draw_stage(embed: discord.Embed, state: CardState) -> None:
    job = state.job
    lines = [f"{_bar(state)}  **{_stage(state)}**"]
    if state.trouble and not state.paused:
        lines.append(state.trouble)
    if state.progress:
        lines.append(f"-# {shown(state.progress, limit=LOG_LENGTH)}")
    if state.takes:
        lines.append(f"-# {count_line(state.takes)}")
        lines += [f"-# {line}" for line in loss_lines(state.takes)]
    lines.append(f"-# {_time_line(state)}")
    if substitute := _substitute(job):
        lines.append(f"-# {substitute}")
    if state.parent is not None:
        lines.append(f"-# made from {_link(state.parent)}")
    embed.description = "\n".join(lines)
    price = f" · about {usd(job.estimate)} ({_PRICE_WORDS[job.priced_by]})"
    embed.set_footer(text=f"{_title(job)}{price if state.tells_price else ''}")


_PRICE_WORDS: Mapping[PriceSource, str] = {
    PriceSource.LIVE: "current price",
    PriceSource.CATALOGUE: "price from our list",
}


def _bar(state: CardState) -> str:
    """Draw the way there: a little for each stage, most of it for the model's own work."""
    done = _BAR_STARTS.get(state.job.state, 1)
    if state.job.state is State.RUNNING:
        fraction = fraction_of(state.progress or "") or 0.0
        done += round(fraction * (_BAR_STARTS[State.GENERATED] - done))
    return "▰" * done + "▱" * (_BAR_LENGTH - done)


def _time_line(state: CardState) -> str:
    """Tell since when, and until when where this model's earlier runs let us guess."""
    job = state.job
    if job.started_at is None:
        return f"asked {ago(job.created_at)}"
    started = f"started {ago(job.started_at)}"
    if state.ready_at is None or job.state is not State.RUNNING:
        return started
    return f"{started} · usually done {ago(state.ready_at)}"


def _link(piece: Job) -> str:
    """Name a piece, and lead to its card where it has one."""
    # Of a piece that is being forgotten only the place is left, and soon not even that.
    words = shown(piece.prompt.translate(_NO_BRACKETS), limit=LINK_LENGTH) or "a piece"
    if piece.card_id is None:
        return words
    place = f"{piece.guild_id}/{piece.channel_id}/{piece.card_id}"
    return f"[{words}](https://discord.com/channels/{place})"


_NO_BRACKETS = str.maketrans("", "", "[]()")


def _stage(state: CardState) -> str:
    if state.paused and state.job.state is State.ACCEPTED:
        return f"{state.paused} Your place is kept; this goes on by itself."
    if state.job.cancel_at is not None:
        return "Cancelling…"
    return _STAGE_WORDS[state.job.state](state)


def _waiting(state: CardState) -> str:
    if not state.ahead:
        return "Waiting for a turn: yours is next"
    return f"Waiting for a turn: {ordinal(state.ahead + 1)} in line"


def _queued(state: CardState) -> str:
    ahead = state.job.queue_position
    if ahead is None:
        return "In the model's queue"
    if ahead == 0:
        return "In the model's queue: next to start"
    return f"In the model's queue: {ahead} ahead"


_MAKING: Mapping[Kind, str] = {
    Kind.MUSIC: "Making music",
    Kind.SFX: "Making the sound effect",
    Kind.SONG: "Making the song",
    Kind.REMIX: "Making the remix",
    Kind.STEMS: "Taking it apart",
}

_STAGE_WORDS: Mapping[State, Callable[[CardState], str]] = {
    State.ACCEPTED: _waiting,
    State.DISPATCHING: lambda _: "Handing over to the model",
    State.UNKNOWN: lambda _: (
        "The connection broke while this was being sent. Looking for it; it is not paid for twice"
    ),
    State.SUBMITTED: _queued,
    State.RUNNING: lambda state: _MAKING[state.job.kind],
    State.GENERATED: lambda _: "Made; preparing the file",
}


def _substitute(job: Job) -> str | None:
    """Say that the server's own model is gone, where another one serves in its place."""
    lost = job.options.get(LOST)
    if not isinstance(lost, str):
        return None
    return (
        f"{title_of(lost)}, which this server uses for /{job.kind}, is no longer available; "
        f"{_title(job)} stands in. An admin can choose another in /settings."
    )


def _draw_result(embed: discord.Embed, state: CardState) -> None:
    job, sounds = state.job, state.sounds
    if len(job.prompt) > TITLE_LENGTH:
        embed.description = f">>> {shown(job.prompt, limit=PROMPT_LENGTH)}"
    embed.add_field(name="Model", value=_title(job))
    lettered = sound_lines(sounds)
    if not lettered:
        _add_facts(embed, job, sounds)
    embed.add_field(name="Cost", value=usd(job.cost if job.cost is not None else job.estimate))
    if lettered:
        embed.add_field(name="Variations", value="\n".join(lettered), inline=False)
    if parts := part_names(sounds):
        embed.add_field(name="Parts", value=" · ".join(parts)[:1024], inline=False)
    if losses := loss_lines(state.takes):
        embed.add_field(name="Missing", value="\n".join(losses)[:1024], inline=False)
    notes = [note for note in (_substitute(job), *(one.note for one in sounds)) if note]
    if notes:
        embed.add_field(name="Note", value="\n".join(dict.fromkeys(notes))[:1024], inline=False)
    if state.parent is not None:
        embed.add_field(name=MADE_FROM, value=_link(state.parent), inline=False)
    if state.children:
        links = "\n".join(_link(child) for child in state.children)
        embed.add_field(name=BECAME, value=links[:1024], inline=False)
    if any(one.waveform for one in sounds):
        embed.set_image(url=f"attachment://{WAVEFORM_NAME}")
    embed.set_footer(text=f"{_kind_of_file(job, sounds)} · {job.id}")


def _kind_of_file(job: Job, sounds: tuple[Sound, ...]) -> str:
    if not sounds:
        return job.format.value
    kind = sounds[0].path.suffix.lstrip(".")
    return f"{job.format.value} ({kind})" if sounds[0].parts else kind


def _add_facts(embed: discord.Embed, job: Job, sounds: tuple[Sound, ...]) -> None:
    if seconds := max((one.seconds or 0 for one in sounds), default=0):
        embed.add_field(name="Length", value=length(seconds))
    if job.seed is not None:
        embed.add_field(name="Seed", value=f"`{job.seed}`")


def _draw_end(embed: discord.Embed, job: Job) -> None:
    sentence = job.failure.sentence if job.failure else "This ended without a result."
    hints = _edit_hint(job, job.failure) + _offer(job, job.failure) if job.failure else ""
    embed.description = f"{_END_MARKS[job.state]} {sentence}{hints}\n\n**{_charge(job)}**"
    embed.set_footer(text=f"{_title(job)} · {job.id}")


_END_MARKS: Mapping[State, str] = {
    State.FAILED: "⚠️",
    State.TIMED_OUT: "⌛",
    State.CANCELLED: "🚫",
    State.UNDELIVERED: "📦",
}


def _charge(job: Job) -> str:
    if job.cost:
        return f"Charged {usd(job.cost)}, because the model had made it."
    if job.submit_at is not None and job.state in {State.FAILED, State.TIMED_OUT}:
        return f"Not charged: the {usd(job.estimate)} set aside for it were refunded."
    return "Not charged."


def _edit_hint(job: Job, failure: Failure) -> str:
    """Lead to the form where only other words can help."""
    if failure.code != Refused.code or job.kind is Kind.STEMS:
        return ""
    return "\nPress **Edit** to change it: what was written is still there."


def _offer(job: Job, failure: Failure) -> str:
    """Say which other model can do it, at what price; whether to ask it is the reader's choice."""
    if failure.offer is None:
        return ""
    price = "" if job.offer_price is None else f" for {usd(job.offer_price)}"
    has_said_why = failure.code in {ModelGone.code, QuotaSpent.code}
    why = "" if has_said_why else f"{_title(job)} keeps failing. "
    return f"\n{why}{title_of(failure.offer)} can do this{price}."


def _title(job: Job) -> str:
    return title_of(job.model)
