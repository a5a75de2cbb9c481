"""Forms as Discord's modals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord

from bot.domain.job import AudioFormat, Kind
from bot.ui.answers import sentence_for, tell
from bot.ui.forms import FORMS, Field, Request, filled, read

PATIENCE_SECONDS = 30 * 60
"""A modal that nobody sends is forgotten after this long; Discord does not tell of a dismissal."""

TITLES: Mapping[Kind, str] = {
    Kind.MUSIC: "Music",
    Kind.SFX: "Sound effect",
    Kind.SONG: "Song",
    Kind.REMIX: "Remix",
}

Submit = Callable[[discord.Interaction[Any], Mapping[str, str]], Awaitable[None]]


class Form(discord.ui.Modal):
    """Text inputs under labels. Its custom id is random: two live modals must never share one."""

    def __init__(
        self, title: str, fields: tuple[Field, ...], texts: Mapping[str, str], submit: Submit
    ) -> None:
        super().__init__(title=title[:45], timeout=PATIENCE_SECONDS)
        self._submit = submit
        self._inputs: dict[str, discord.ui.TextInput[Form]] = {}
        for field in fields:
            text: discord.ui.TextInput[Form] = discord.ui.TextInput(
                custom_id=field.name,
                style=discord.TextStyle.paragraph if field.is_long else discord.TextStyle.short,
                placeholder=field.hint[:100] or None,
                default=texts.get(field.name, "")[: field.most] or None,
                required=field.is_required,
                max_length=field.most,
            )
            self._inputs[field.name] = text
            self.add_item(discord.ui.Label(text=field.label, component=text))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Hand over what was written."""
        texts = {name: one.value for name, one in self._inputs.items()}
        await self._submit(interaction, texts)

    async def on_error(  # type: ignore[override] # discord.py calls a modal's without an item
        self, interaction: discord.Interaction[Any], error: Exception
    ) -> None:
        """Tell the member; the default would only log."""
        await tell(interaction, sentence_for(error))


def request_form(
    request: Request,
    then: Callable[[discord.Interaction[Any], Request], Awaitable[None]],
    *,
    title: str | None = None,
) -> Form:
    """Make the form of a request, prefilled; what it says in the end goes to `then`."""
    kind = request.ask.kind

    async def submit(interaction: discord.Interaction[Any], texts: Mapping[str, str]) -> None:
        await then(interaction, read(request, texts))

    fields = FORMS[kind]
    return Form(title or TITLES[kind], fields, filled(request, fields), submit)


_FORMATS = (
    (AudioFormat.MP3, "MP3", "Plays everywhere"),
    (AudioFormat.OGG, "Ogg Opus", "Smaller at the same quality"),
    (AudioFormat.FLAC, "FLAC", "Lossless, about half of WAV"),
    (AudioFormat.WAV, "WAV", "Lossless, for editing"),
)
_ORIGINAL = "original"

SendCopy = Callable[[discord.Interaction[Any], AudioFormat | None, str | None], Awaitable[None]]


class FormatForm(discord.ui.Modal):
    """Asks for the kind of file, and for the variation where a card has several."""

    def __init__(self, letters: Sequence[str], send: SendCopy) -> None:
        super().__init__(title="Another format", timeout=PATIENCE_SECONDS)
        self._send = send
        self._format: discord.ui.Select[FormatForm] = discord.ui.Select(
            custom_id="format",
            required=True,
            options=[
                discord.SelectOption(label=label, value=one.value, description=about)
                for one, label, about in _FORMATS
            ]
            + [
                discord.SelectOption(
                    label="Original", value=_ORIGINAL, description="As the model made it"
                )
            ],
        )
        self.add_item(discord.ui.Label(text="Kind of file", component=self._format))
        self._letter: discord.ui.Select[FormatForm] | None = None
        if len(letters) > 1:
            self._letter = discord.ui.Select(
                custom_id="letter",
                required=True,
                options=[discord.SelectOption(label=one, value=one) for one in letters],
            )
            self.add_item(discord.ui.Label(text="Which one", component=self._letter))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Hand over what was chosen."""
        chosen = self._format.values[0]
        letter = self._letter.values[0] if self._letter is not None else None
        await self._send(interaction, None if chosen == _ORIGINAL else AudioFormat(chosen), letter)

    async def on_error(  # type: ignore[override] # discord.py calls a modal's without an item
        self, interaction: discord.Interaction[Any], error: Exception
    ) -> None:
        """Tell the member; the default would only log."""
        await tell(interaction, sentence_for(error))
