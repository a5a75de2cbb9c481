"""Buttons, menus, modal fields and layout: what each kind of component may hold.

Discord docs, Component Reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sandbox.discord.forms import (
    Fields,
    Flag,
    Kinds,
    Many,
    OneOf,
    Path,
    Rule,
    Snowflake,
    Text,
    Whole,
)
from sandbox.discord.refusals import Form
from sandbox.discord.state import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)

_LINK, _PREMIUM = 5, 6
_ID = Text(low=1, high=100)


def find_all(components: Any, path: Path) -> Iterator[tuple[Path, Json]]:
    """Go through components and all that is in them."""
    if not isinstance(components, list):
        return
    for index, one in enumerate(components):
        if isinstance(one, dict):
            yield from _find_in(one, (*path, index))


def _find_in(one: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    yield path, one
    yield from find_all(one.get("components"), (*path, "components"))
    for single in ("component", "accessory"):
        inner = one.get(single)
        if isinstance(inner, dict):
            yield from _find_in(inner, (*path, single))


def _check_button(button: Json, path: Path, form: Form) -> None:
    if button["style"] == _LINK:
        if not button.get("url"):
            form.add((*path, "url"), "BASE_TYPE_REQUIRED", "This field is required")
        if button.get("custom_id"):
            text = "A link button cannot have a custom id"
            form.add(
                (*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text
            )
    elif button["style"] == _PREMIUM:
        if not button.get("sku_id"):
            form.add((*path, "sku_id"), "BASE_TYPE_REQUIRED", "This field is required")
        return
    else:
        if not button.get("custom_id"):
            text = "A custom id is required"
            form.add((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", text)
        if button.get("url"):
            text = "A custom id and url cannot both be specified"
            form.add((*path, "url"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text)
    if not button.get("label") and not button.get("emoji"):
        text = "A button needs a label or an emoji"
        form.add((*path, "label"), "BUTTON_COMPONENT_MISSING_LABEL", text)


def _number(holder: Json, name: str, default: int) -> int:
    """Give a number that may be left out or null."""
    value = holder.get(name)
    return default if value is None else int(value)


def _check_select(select: Json, path: Path, form: Form) -> None:
    options = select.get("options")
    low, high = _number(select, "min_values", 1), _number(select, "max_values", 1)
    if low > high:
        text = "min_values must be less than or equal to max_values"
        form.add((*path, "min_values"), "SELECT_COMPONENT_MIN_OVER_MAX", text)
    if options is None:
        _check_defaults(select, path, form)
        return
    values = [one["value"] for one in options]
    if high > len(options):
        text = f"int value should be less than or equal to {len(options)}."
        form.add((*path, "max_values"), "NUMBER_TYPE_MAX", text)
    for index, value in enumerate(values):
        if value in values[:index]:
            text = "The specified option value is already used"
            place = (*path, "options", index, "value")
            form.add(place, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)


def _check_defaults(select: Json, path: Path, form: Form) -> None:
    """Look at what an auto-populated menu has ticked: of its kind, and as many as it takes."""
    ticked = select.get("default_values") or []
    kinds = _DEFAULTS[select["type"]]
    for index, one in enumerate(ticked):
        if one["type"] not in kinds:
            text = f"Value must be one of {{{', '.join(kinds)}}}."
            place = (*path, "default_values", index, "type")
            form.add(place, "BASE_TYPE_CHOICES", text)
    low, high = _number(select, "min_values", 1), _number(select, "max_values", 1)
    if ticked and not low <= len(ticked) <= high:
        text = f"Must be between {low} and {high} in length."
        form.add((*path, "default_values"), "BASE_TYPE_BAD_LENGTH", text)


def _check_row(row: Json, path: Path, form: Form) -> None:
    kinds = [one["type"] for one in row["components"]]
    if any(kind != BUTTON for kind in kinds) and len(kinds) > 1:
        text = "The specified component exceeds the maximum width"
        form.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _check_lengths(field: Json, path: Path, form: Form) -> None:
    if _number(field, "min_length", 0) > _number(field, "max_length", 4000):
        text = "min_length must be less than or equal to max_length"
        form.add((*path, "min_length"), "NUMBER_TYPE_MAX", text)


_OPTION = Fields(
    rules={
        "label": Text(low=1, high=100),
        "value": Text(low=1, high=100),
        "description": Text(high=100),
        "default": Flag(),
    },
    required=("label", "value"),
)


def _options(*, low: int, high: int) -> Many:
    return Many(of=_OPTION, low=low, high=high)


_DEFAULTS: Mapping[int, tuple[str, ...]] = {
    STRING_SELECT: (),
    USER_SELECT: ("user",),
    ROLE_SELECT: ("role",),
    MENTIONABLE_SELECT: ("user", "role"),
    CHANNEL_SELECT: ("channel",),
}
"""What a menu may have ticked from the start."""

_DEFAULT = Fields(
    rules={"id": Snowflake(), "type": OneOf(("user", "role", "channel"))}, required=("id", "type")
)


def _select(kind: int) -> Fields:
    rules: dict[str, Rule] = {
        "custom_id": _ID,
        "placeholder": Text(high=150),
        "min_values": Whole(low=0, high=25),
        "max_values": Whole(low=1, high=25),
        "disabled": Flag(),
    }
    required: tuple[str, ...] = ("custom_id",)
    if kind == STRING_SELECT:
        rules["options"] = _options(low=1, high=25)
        required = ("custom_id", "options")
    else:
        rules["default_values"] = Many(of=_DEFAULT, high=25)
    if kind == CHANNEL_SELECT:
        rules["channel_types"] = Many(of=Whole(low=0, high=16), high=20)
    return Fields(rules=rules, required=required, then=_check_select)


_BUTTON = Fields(
    rules={
        "style": OneOf((1, 2, 3, 4, 5, 6)),
        "label": Text(high=80),
        "custom_id": _ID,
        "url": Text(low=1, high=512),
        "disabled": Flag(),
    },
    required=("style",),
    then=_check_button,
)

_TEXT_INPUT = Fields(
    rules={
        "custom_id": _ID,
        "style": OneOf((1, 2)),
        "label": Text(high=45),
        "min_length": Whole(low=0, high=4000),
        "max_length": Whole(low=1, high=4000),
        "required": Flag(),
        "value": Text(high=4000),
        "placeholder": Text(high=100),
    },
    required=("custom_id", "style"),
    then=_check_lengths,
)

_SELECTS: dict[int, Rule] = {kind: _select(kind) for kind in SELECTS}
_CLICKABLE: dict[int, Rule] = {BUTTON: _BUTTON, **_SELECTS}

_FIELDS: dict[int, Rule] = {
    TEXT_INPUT: _TEXT_INPUT,
    **_SELECTS,
    FILE_UPLOAD: Fields(
        rules={
            "custom_id": _ID,
            "min_values": Whole(low=0, high=10),
            "max_values": Whole(low=1, high=10),
            "required": Flag(),
        },
        required=("custom_id",),
    ),
    RADIO_GROUP: Fields(
        rules={"custom_id": _ID, "options": _options(low=2, high=10), "required": Flag()},
        required=("custom_id", "options"),
    ),
    CHECKBOX_GROUP: Fields(
        rules={
            "custom_id": _ID,
            "options": _options(low=1, high=10),
            "min_values": Whole(low=0, high=10),
            "max_values": Whole(low=1, high=10),
            "required": Flag(),
        },
        required=("custom_id", "options"),
    ),
    CHECKBOX: Fields(rules={"custom_id": _ID, "default": Flag()}, required=("custom_id",)),
}

_ROW = Fields(
    rules={"components": Many(of=Kinds(lambda: _CLICKABLE), low=1, high=5)},
    required=("components",),
    then=_check_row,
)
_TEXT = Fields(rules={"content": Text(low=1, high=4000)}, required=("content",))
_MEDIA = Fields(rules={"url": Text(low=1, high=2048)}, required=("url",))
_THUMBNAIL = Fields(rules={"media": _MEDIA, "description": Text(high=1024)}, required=("media",))
_SECTION = Fields(
    rules={
        "components": Many(of=Kinds(lambda: {TEXT_DISPLAY: _TEXT}), low=1, high=3),
        "accessory": Kinds(lambda: {BUTTON: _BUTTON, THUMBNAIL: _THUMBNAIL}),
    },
    required=("components", "accessory"),
)
_IN_CONTAINER: dict[int, Rule] = {
    ROW: _ROW,
    SECTION: _SECTION,
    TEXT_DISPLAY: _TEXT,
    GALLERY: Fields(rules={"items": Many(of=_THUMBNAIL, low=1, high=10)}, required=("items",)),
    FILE: Fields(rules={"file": _MEDIA}, required=("file",)),
    SEPARATOR: Fields(rules={"divider": Flag(), "spacing": OneOf((1, 2))}),
}
_V2: dict[int, Rule] = {
    **_IN_CONTAINER,
    CONTAINER: Fields(
        rules={
            "components": Many(of=Kinds(lambda: _IN_CONTAINER), low=1, high=40),
            "accent_color": Whole(low=0, high=0xFFFFFF),
            "spoiler": Flag(),
        },
        required=("components",),
    ),
}


@cache
def message_components(*, is_v2: bool) -> Rule:
    """Give the rule for the components of a message."""
    if is_v2:
        return Many(of=Kinds(lambda: _V2), high=40)
    legacy: Mapping[int, Rule] = {ROW: _ROW}
    return Many(of=Kinds(lambda: legacy), high=5)


@cache
def modal_components() -> Rule:
    """Give the rule for the components of a modal: labels with a field, text, or old rows."""
    label = Fields(
        rules={
            "label": Text(low=1, high=45),
            "description": Text(high=100),
            "component": Kinds(lambda: _FIELDS),
        },
        required=("label", "component"),
    )
    old = Fields(
        rules={"components": Many(of=Kinds(lambda: {TEXT_INPUT: _OLD_INPUT}), low=1, high=1)},
        required=("components",),
    )
    kinds: Mapping[int, Rule] = {ROW: old, TEXT_DISPLAY: _TEXT, LABEL: label}
    return Many(of=Kinds(lambda: kinds), low=1, high=5)


_OLD_INPUT = Fields(
    rules={"label": Text(low=1, high=45)} | dict(_TEXT_INPUT.rules),
    required=("custom_id", "style", "label"),
    then=_check_lengths,
)
