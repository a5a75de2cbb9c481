"""Forms carry what they are about, and are read from whatever process opened them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.domain.ids import JobId
from bot.domain.job import AudioFormat, Kind, State
from bot.errors import InvalidInput
from bot.jobs.drafts import FormName
from bot.jobs.pieces import Part
from bot.ui.modals import HandedIn, Subject, handed_in
from bot.ui.sheets import Sheet, draw
from tests.ui.builders import job

LONGEST = 2**63 - 1
PARTS = [Part(letter="A", name="A"), Part(letter="C", name="C")]


def submit(form: dict[str, Any], **texts: str) -> Any:
    """The interaction with which Discord hands in a form (Discord docs, Modal Submit)."""
    components = []
    for label in form["components"]:
        inner = label["component"]
        answer = {"custom_id": inner["custom_id"], "type": inner["type"], "id": 1}
        typed = texts.get(inner["custom_id"], inner.get("value", ""))
        if inner["type"] == 3:
            default = [one["value"] for one in inner["options"] if one.get("default")]
            answer["values"] = [typed] if typed else default
        else:
            answer["value"] = typed
        components.append({"type": 18, "id": 2, "component": answer})
    return SimpleNamespace(
        type=discord.InteractionType.modal_submit,
        data={"custom_id": form["custom_id"], "components": components},
    )


async def opened(sheet: Sheet, *, opened_by: int = LONGEST) -> dict[str, Any]:
    """A form as Discord is told of it."""
    form = draw(sheet, opened_by=opened_by)
    assert form.is_finished(), "discord.py would keep it in memory"
    return form.to_dict()


SUBJECTS = [Subject(), Subject(job_id=JobId(LONGEST)), Subject(draft_id=LONGEST)]


@pytest.mark.parametrize("subject", SUBJECTS, ids=["nothing", "a piece", "a draft"])
@pytest.mark.parametrize("name", list(FormName))
async def test_every_form_is_read_from_what_discord_hands_in(
    name: FormName, subject: Subject
) -> None:
    """Which form, about what, and what it says; nothing has to be remembered."""
    parts = [] if name is FormName.SONG else PARTS
    form = await opened(Sheet(form=name, subject=subject, piece=job(State.DELIVERED), parts=parts))
    assert len(form["custom_id"]) <= 100
    assert len(form["components"]) <= 5

    found = handed_in(submit(form))

    assert found is not None
    assert (found.form, found.subject) == (name, subject)
    inputs = [one["component"]["custom_id"] for one in form["components"]]
    assert list(found.texts) == inputs


@pytest.mark.parametrize("name", [FormName.REMIX, FormName.EXTEND, FormName.STEMS, FormName.FORMAT])
async def test_a_card_with_several_results_asks_which_is_meant(name: FormName) -> None:
    """The first is chosen; a gap where one failed is no choice."""
    form = await opened(Sheet(form=name, piece=job(State.DELIVERED), parts=PARTS))
    (menu,) = [one for one in form["components"] if one["component"]["custom_id"] == "letter"]
    options = menu["component"]["options"]
    assert [(one["label"], one.get("default", False)) for one in options] == [
        ("A", True),
        ("C", False),
    ]

    chosen = handed_in(submit(form, letter="C"))

    assert chosen is not None
    assert chosen.texts["letter"] == "C"


@pytest.mark.parametrize("name", [FormName.REMIX, FormName.EXTEND, FormName.STEMS, FormName.FORMAT])
async def test_a_card_with_one_result_does_not_ask(name: FormName) -> None:
    """There is nothing to choose."""
    form = await opened(Sheet(form=name, piece=job(State.DELIVERED)))

    assert "letter" not in [one["component"]["custom_id"] for one in form["components"]]


async def test_stems_are_offered_by_their_names() -> None:
    """Nobody knows which of them is D."""
    parts = [Part(letter="A", name="vocals"), Part(letter="B", name="drums")]
    form = await opened(Sheet(form=FormName.FORMAT, piece=job(State.DELIVERED), parts=parts))

    options = form["components"][1]["component"]["options"]
    assert [(one["label"], one["value"]) for one in options] == [("vocals", "A"), ("drums", "B")]


async def test_a_form_is_opened_as_it_was_written() -> None:
    """What was typed goes before what the piece says; menus too."""
    piece = job(State.DELIVERED, options={"prompt": "rain", "tempo": 84}, format=AudioFormat.OGG)
    first = await opened(Sheet(form=FormName.EDIT, piece=piece))
    texts = {"prompt": "snow", "more": "tempo"}
    again = await opened(Sheet(form=FormName.EDIT, piece=piece, texts=texts))
    letter = await opened(
        Sheet(form=FormName.REMIX, piece=piece, parts=PARTS, texts={"letter": "C", "wish": "x"})
    )

    def says(form: dict[str, Any]) -> dict[str, str]:
        found = handed_in(submit(form))
        assert found is not None
        return dict(found.texts)

    assert says(first)["prompt"] == "rain"
    assert says(first)["more"] == "tempo=84 format=ogg"
    assert (says(again)["prompt"], says(again)["more"]) == ("snow", "tempo")
    assert (says(letter)["letter"], says(letter)["wish"]) == ("C", "x")


async def test_each_opening_has_an_id_of_its_own() -> None:
    """Clients show what was typed into a dismissed form in the next of the same id."""
    sheet = Sheet(form=FormName.SONG, texts={"style": "waltz"})

    first, second = await opened(sheet, opened_by=1), await opened(sheet, opened_by=2)

    assert first["custom_id"] != second["custom_id"]


async def test_the_song_form_says_who_writes_the_words() -> None:
    """A style alone is enough."""
    form = await opened(Sheet(form=FormName.SONG, texts={}))

    assert "Lyrics; the model writes them if empty" in [one["label"] for one in form["components"]]


async def test_stems_have_no_request_to_edit() -> None:
    """The button is not there; an old one gets a sentence."""
    with pytest.raises(InvalidInput, match="cannot be edited"):
        await opened(Sheet(form=FormName.EDIT, piece=job(State.DELIVERED, kind=Kind.STEMS)))


@pytest.mark.parametrize("custom_id", ["minstrel-form:dance::1", "0123abcd", "minstrel:again:7"])
def test_forms_of_others_are_left_alone(custom_id: str) -> None:
    """Another part of the program, or another version, may know them."""
    data = {"custom_id": custom_id, "components": []}
    kind = discord.InteractionType.modal_submit

    assert handed_in(SimpleNamespace(type=kind, data=data)) is None  # type: ignore[arg-type]


def test_a_form_that_says_nothing_is_still_a_form() -> None:
    """Texts default to nothing."""
    assert HandedIn(form=FormName.SONG).texts == {}
