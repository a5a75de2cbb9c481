"""What Discord takes in messages, modals and choices, and what it answers 50035 to.

Discord docs, Message, Embed Limits, Component Reference, Receiving and Responding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.discord.components import (
    find_all,
    message_components,
    modal_components,
)
from sandbox.discord.forms import (
    Anything,
    Fields,
    Flag,
    Many,
    Number,
    OneOf,
    Rule,
    Snowflake,
    Text,
    Whole,
)
from sandbox.discord.refusals import Form
from sandbox.discord.state import COMPONENTS_V2, Json

EMBED_TOTAL = 6000
_TEXT_TOTAL = 4000
_COMPONENTS_TOTAL = 40

_EMBED = Fields(
    rules={
        "title": Text(high=256),
        "description": Text(high=4096),
        "url": Text(high=2048),
        "color": Whole(low=0, high=0xFFFFFF),
        "footer": Fields(rules={"text": Text(high=2048)}),
        "author": Fields(rules={"name": Text(low=1, high=256)}, required=("name",)),
        "image": Fields(rules={"url": Text(low=1, high=2048)}),
        "thumbnail": Fields(rules={"url": Text(low=1, high=2048)}),
        "fields": Many(
            of=Fields(
                rules={
                    "name": Text(low=1, high=256),
                    "value": Text(low=1, high=1024),
                    "inline": Flag(),
                },
                required=("name", "value"),
            ),
            high=25,
        ),
    }
)

_MESSAGE = Fields(
    rules={
        "content": Text(high=2000),
        "embeds": Many(of=_EMBED, high=10),
        "flags": Whole(low=0),
        "tts": Flag(),
        "attachments": Many(
            of=Fields(
                rules={
                    "id": Snowflake(),
                    "filename": Text(low=1, high=1024),
                    "description": Text(high=1024),
                },
                required=("id",),
            ),
            high=100,
        ),
        "allowed_mentions": Fields(
            rules={
                "parse": Many(of=OneOf(("users", "roles", "everyone")), high=3),
                "users": Many(of=Snowflake(), high=100),
                "roles": Many(of=Snowflake(), high=100),
                "replied_user": Flag(),
            }
        ),
        "message_reference": Fields(
            rules={"message_id": Snowflake(), "channel_id": Snowflake(), "guild_id": Snowflake()},
            required=("message_id",),
        ),
        "enforce_nonce": Flag(),
    }
)

_MODAL = Fields(
    rules={"title": Text(low=1, high=45), "custom_id": Text(low=1, high=100)},
    required=("title", "custom_id", "components"),
)


def flags_of(payload: Json) -> int:
    """Give a payload's flags before it is checked; what is no number counts as none."""
    flags = payload.get("flags")
    return flags if isinstance(flags, int) else 0


def check_message(payload: Json, *, flags: int) -> None:
    """Check the body of a message, new or edited; `flags` says whether it is of the V2 kind.

    Raises:
        Refusal: 400 with code 50035.
    """
    form = Form()
    _MESSAGE.check(payload, (), form)
    form.check()
    _check_nonce(payload, form)
    is_v2 = bool(flags & COMPONENTS_V2)
    components = payload.get("components") or []
    message_components(is_v2=is_v2).check(components, ("components",), form)
    form.check()
    _check_whole(components, form, is_v2=is_v2)
    if is_v2:
        for name in ("content", "embeds", "poll", "sticker_ids"):
            if payload.get(name):
                _note_legacy(name, form)
    size = sum(len(text) for embed in payload.get("embeds") or [] for text in _embed_texts(embed))
    if size > EMBED_TOTAL:
        message = f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        form.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)
    form.check()


def check_no_legacy(content: str, embeds: list[Json], payload: Json) -> None:
    """Check that a message turning to the V2 kind leaves its old content behind.

    Raises:
        Refusal: 400 with code 50035.
    """
    form = Form()
    for name, old in (("content", content), ("embeds", embeds)):
        if payload.get(name, old):
            _note_legacy(name, form)
    form.check()


def _note_legacy(name: str, form: Form) -> None:
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    text = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
    form.add((name,), code, text)


def _check_nonce(payload: Json, form: Form) -> None:
    nonce = payload.get("nonce")
    if nonce is None:
        return
    if isinstance(nonce, bool) or not isinstance(nonce, int | str):
        form.add(("nonce",), "STRING_TYPE_CONVERT", "Could not interpret the nonce as string.")
    elif len(str(nonce)) > 25:
        form.add(("nonce",), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")


def _check_whole(components: list[Json], form: Form, *, is_v2: bool) -> None:
    """Check what no single component shows: doubled ids, the total number, the total text."""
    seen: set[str] = set()
    ids: set[int] = set()
    everything = list(find_all(components, ("components",)))
    for path, one in everything:
        custom_id = one.get("custom_id")
        if isinstance(custom_id, str):
            if custom_id in seen:
                text = "Component custom id cannot be duplicated"
                form.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
            seen.add(custom_id)
        number = one.get("id")
        if isinstance(number, int) and number:
            if number in ids:
                text = "Component id cannot be duplicated"
                form.add((*path, "id"), "COMPONENT_ID_DUPLICATED", text)
            ids.add(number)
    if not is_v2:
        return
    if len(everything) > _COMPONENTS_TOTAL:
        text = f"Must be {_COMPONENTS_TOTAL} or fewer in length."
        form.add(("components",), "BASE_TYPE_MAX_LENGTH", text)
    if sum(len(one.get("content") or "") for _, one in everything) > _TEXT_TOTAL:
        text = f"Total text must be {_TEXT_TOTAL} or fewer in length."
        form.add(("components",), "COMPONENT_MAX_TOTAL_TEXT_LENGTH", text)


def _embed_texts(embed: Json) -> Iterator[str]:
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield (embed.get("footer") or {}).get("text") or ""
    yield (embed.get("author") or {}).get("name") or ""
    for one in embed.get("fields") or []:
        yield one["name"]
        yield one["value"]


def check_modal(data: Json) -> None:
    """Check a modal.

    Raises:
        Refusal: 400 with code 50035.
    """
    form = Form()
    _MODAL.check(data, (), form)
    form.check()
    modal_components().check(data["components"], ("components",), form)
    form.check()
    _check_whole(data["components"], form, is_v2=False)
    form.check()


_CHOICE_RULES: dict[int, Rule] = {3: Text(high=100), 4: Whole(), 10: Number()}


def check_choices(data: Json, asked: Json) -> None:
    """Check the answer to an autocomplete, as the focused option's type wants it.

    Raises:
        Refusal: 400 with code 50035.
    """
    focused = next(_focused(asked.get("options") or []), {})
    rule = _CHOICE_RULES.get(focused.get("type", 3), Anything())
    choice = Fields(
        rules={"name": Text(low=1, high=100), "value": rule}, required=("name", "value")
    )
    form = Form()
    Many(of=choice, high=25).check(data.get("choices") or [], ("choices",), form)
    form.check()


def _focused(options: list[Json]) -> Iterator[Json]:
    for option in options:
        if option.get("focused"):
            yield option
        yield from _focused(option.get("options") or [])


def numbered(components: list[Json]) -> list[Json]:
    """Give components their ids: those that have none get the next free number."""
    used = {one.get("id") for _, one in find_all(components, ())}
    counter = iter(number for number in range(1, 10_000) if number not in used)
    return [_numbered(one, counter) for one in components]


def _numbered(one: Json, counter: Iterator[int]) -> Json:
    shape: dict[str, Any] = {key: value for key, value in one.items() if value is not None}
    shape["id"] = one.get("id") or next(counter)
    if "default_values" in shape:
        # Bots may send ids as numbers; Discord gives all of them as text.
        shape["default_values"] = [
            each | {"id": str(each["id"])} for each in shape["default_values"]
        ]
    if "components" in one:
        shape["components"] = [_numbered(each, counter) for each in one["components"] or []]
    for single in ("component", "accessory"):
        if isinstance(one.get(single), dict):
            shape[single] = _numbered(one[single], counter)
    return shape
