"""Forms as Discord's modals. All that a form is about stands in its custom id.

discord.py remembers the forms it has opened, and drops what comes from any other. Ours are opened
finished, so that it remembers none, and are read from the interaction that hands them in: one that
was open while the bot was restarted can be handed in as well. A draft holds what does not fit into
the id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.domain.ids import JobId
from bot.jobs.drafts import FormName
from bot.ui.forms import Choice, Field, Menu

_ID = re.compile(r"minstrel-form:(?P<form>[a-z]+):(?P<about>[jd]?)(?P<id>\d*):\d+")
_LABEL, _ROW = 18, 1
"""Kinds of components that hold others (Discord docs, Component Reference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a form is about: a piece, something that a draft holds, or nothing yet."""

    job_id: JobId | None = None
    draft_id: int | None = None

    def __str__(self) -> str:
        if self.job_id is not None:
            return f"j{self.job_id}"
        return "" if self.draft_id is None else f"d{self.draft_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A form that came back.

    Attributes:
        texts: What its inputs say, by their names; a menu's say what is chosen.
    """

    form: FormName
    subject: Subject = field(default_factory=Subject)
    texts: Mapping[str, str] = field(default_factory=dict)


class Form(discord.ui.Modal):
    """A form to open.

    Args:
        form: Which it is.
        title: Stands on top.
        inputs: From top to bottom; five at most.
        subject: What it is about.
        texts: What its inputs say at first.
        opened_by: The interaction that opens it. Each opening has an id of its own: clients keep
            what was typed into a form that was dismissed, and show it in the next of its id.
    """

    def __init__(
        self,
        form: FormName,
        title: str,
        inputs: Sequence[Field | Menu],
        *,
        subject: Subject,
        texts: Mapping[str, str],
        opened_by: int,
    ) -> None:
        super().__init__(title=title[:45], custom_id=f"minstrel-form:{form}:{subject}:{opened_by}")
        for one in inputs:
            made = _menu(one, texts) if isinstance(one, Menu) else _input(one, texts)
            self.add_item(discord.ui.Label(text=one.label, component=made))
        # Nothing waits for it in memory; see above.
        self.stop()


def handed_in(interaction: discord.Interaction[Any]) -> HandedIn | None:
    """Read the form that an interaction hands in; None where it is none of ours."""
    data: Any = interaction.data
    if interaction.type is not discord.InteractionType.modal_submit or data is None:
        return None
    found = _ID.fullmatch(data["custom_id"])
    if found is None or found["form"] not in {*FormName}:
        return None
    number = int(found["id"]) if found["id"] else None
    subject = Subject()
    if found["about"] == "j" and number is not None:
        subject = Subject(job_id=JobId(number))
    elif found["about"] == "d":
        subject = Subject(draft_id=number)
    texts = dict(_texts(data["components"]))
    return HandedIn(form=FormName(found["form"]), subject=subject, texts=texts)


def _input(one: Field, texts: Mapping[str, str]) -> discord.ui.TextInput[Form]:
    return discord.ui.TextInput(
        custom_id=one.name,
        style=discord.TextStyle.paragraph if one.is_long else discord.TextStyle.short,
        placeholder=one.hint[:100] or None,
        default=texts.get(one.name, "")[: one.most] or None,
        required=one.is_required,
        max_length=one.most,
    )


def _menu(one: Menu, texts: Mapping[str, str]) -> discord.ui.Select[Form]:
    values = [choice.value for choice in one.choices]
    wanted = texts.get(one.name)
    chosen = wanted if wanted in values else values[0] if one.is_first_chosen else None
    return discord.ui.Select(
        custom_id=one.name,
        required=True,
        options=[_option(choice, is_chosen=choice.value == chosen) for choice in one.choices],
    )


def _option(choice: Choice, *, is_chosen: bool) -> discord.SelectOption:
    return discord.SelectOption(
        label=choice.label,
        value=choice.value,
        description=choice.about or None,
        default=is_chosen,
    )


def _texts(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Find the inputs, wherever they stand, and what they say."""
    for one in components:
        if one["type"] == _ROW:
            yield from _texts(one["components"])
        elif one["type"] == _LABEL:
            yield from _texts([one["component"]])
        elif "custom_id" in one:
            values = one.get("values")
            yield one["custom_id"], (one.get("value") or "") if values is None else "".join(values)
