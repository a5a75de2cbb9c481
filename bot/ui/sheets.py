"""Each form there is, as it is opened: from a button, from a menu, or from a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.job import AudioFormat, Job, Kind
from bot.errors import InvalidInput
from bot.jobs.asks import ask_of
from bot.jobs.drafts import FormName
from bot.jobs.pieces import Part
from bot.ui import sounds
from bot.ui.forms import FORMS, TITLES, Choice, Field, Menu, Request, filled
from bot.ui.modals import Form, Subject

ORIGINAL = "original"

_FORMATS = Menu(
    name="format",
    label="Kind of file",
    is_first_chosen=False,
    choices=(
        Choice(value=AudioFormat.MP3, label="MP3", about="Plays everywhere"),
        Choice(value=AudioFormat.OGG, label="Ogg Opus", about="Smaller at the same quality"),
        Choice(value=AudioFormat.FLAC, label="FLAC", about="Lossless, about half of WAV"),
        Choice(value=AudioFormat.WAV, label="WAV", about="Lossless, for editing"),
        Choice(value=ORIGINAL, label="Original", about="As the model made it"),
    ),
)
_FIELDS: Mapping[FormName, tuple[str, tuple[Field, ...]]] = {
    FormName.REMIX: ("Remix", (sounds.WISH, sounds.MODEL)),
    FormName.EXTEND: ("Extend", (sounds.AFTER, sounds.BEFORE, sounds.STYLE)),
    FormName.STEMS: ("Stems", (sounds.PARTS,)),
    FormName.SONG: (TITLES[Kind.SONG], FORMS[Kind.SONG]),
}
_AT_FIRST: Mapping[FormName, Mapping[str, str]] = {FormName.EXTEND: {"after": "30"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form to be opened.

    Attributes:
        subject: What stands in its id for what it is about.
        piece: The piece it is about, if it is about one.
        parts: The results on that piece's card, where there are several.
        texts: What was written into it before; None for what it says at first.
    """

    form: FormName
    subject: Subject = field(default_factory=Subject)
    piece: Job | None = None
    parts: Sequence[Part] = field(default_factory=tuple)
    texts: Mapping[str, str] | None = None


def draw(sheet: Sheet, *, opened_by: int) -> Form:
    """Draw a form, for the interaction that opens it.

    Raises:
        InvalidInput: This piece has no such form.
    """
    title, inputs = _inputs(sheet)
    texts = sheet.texts
    if texts is None:
        texts = _at_first(sheet)
    return Form(sheet.form, title, inputs, subject=sheet.subject, texts=texts, opened_by=opened_by)


def _inputs(sheet: Sheet) -> tuple[str, tuple[Field | Menu, ...]]:
    menu = _which(sheet.parts)
    if sheet.form is FormName.FORMAT:
        return "Another format", (_FORMATS, *menu)
    if sheet.form is FormName.EDIT:
        if sheet.piece is None or sheet.piece.kind not in FORMS:
            raise InvalidInput("This request cannot be edited. Press Again, or ask anew.")
        return TITLES[sheet.piece.kind], FORMS[sheet.piece.kind]
    title, fields = _FIELDS[sheet.form]
    return title, (*menu, *fields)


def _which(parts: Sequence[Part]) -> tuple[Menu, ...]:
    """Ask which of several results is meant; the first is chosen."""
    if len(parts) < 2:
        return ()
    choices = tuple(Choice(value=part.letter, label=part.name) for part in parts)
    return (Menu(name="letter", label="Which one", choices=choices),)


def _at_first(sheet: Sheet) -> Mapping[str, str]:
    if sheet.form is FormName.EDIT and sheet.piece is not None:
        request = Request(ask=ask_of(sheet.piece), format=sheet.piece.format)
        return filled(request, FORMS[sheet.piece.kind])
    return _AT_FIRST.get(sheet.form, {})
