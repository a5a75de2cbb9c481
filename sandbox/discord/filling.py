"""Filling in options, menus and modals, with the checks Discord's app makes before it sends them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sandbox.discord import objects, permissions
from sandbox.discord.client import Act, ClientError
from sandbox.discord.components import (
    CHANNEL_SELECT,
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    MENTIONABLE_SELECT,
    RADIO_GROUP,
    ROLE_SELECT,
    ROW,
    STRING_SELECT,
    TEXT_DISPLAY,
    TEXT_INPUT,
    USER_SELECT,
)
from sandbox.discord.limits_commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
)
from sandbox.discord.posting import Posting
from sandbox.discord.state import Channel, Json
from sandbox.discord.wire import Upload
from sandbox.discord.world import World


def checked_options(given: Any) -> list[Json]:
    """Check that options are objects with names, at all depths.

    Raises:
        ClientError: They are not.
    """
    options = [] if given is None else given
    if not isinstance(options, list):
        raise ClientError("The options must be a list.")
    for one in options:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise ClientError("Each option needs its name.")
        checked_options(one.get("options"))
    return options


def count_focused(options: list[Json]) -> int:
    """Count the options that are being typed into."""
    return sum(
        bool(one.get("focused")) + count_focused(one.get("options") or []) for one in options
    )


def without(options: list[Json], kind: int) -> list[Json]:
    """Leave options of one type out, at all depths."""
    return [
        {**one, "options": without(one["options"], kind)} if one.get("options") else one
        for one in options
        if one.get("type") != kind
    ]


def chosen(component: Json, values: Any) -> list[str]:
    """Check what was chosen in a menu.

    Raises:
        ClientError: Too few, too many, or something it does not offer.
    """
    picked = values if isinstance(values, list) else []
    if not all(isinstance(one, str) for one in picked):
        raise ClientError("Choices must be given as text.")
    low = component.get("min_values")
    high = component.get("max_values")
    low = 1 if low is None else low
    high = 1 if high is None else high
    if not low <= len(picked) <= high:
        raise ClientError(f"Choose between {low} and {high}.")
    if component["type"] in {STRING_SELECT, CHECKBOX_GROUP}:
        offered = {one["value"] for one in component["options"]}
        if not set(picked) <= offered:
            raise ClientError("That is not one of the choices.")
    return picked


class Filler:
    """Turns what a person entered into what the bot receives."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting
        self.shapes = posting.shapes

    def options(self, command: Json, act: Act, channel: Channel) -> tuple[list[Json], Json]:
        """Check the options of a slash command; gives them and what their ids mean.

        Raises:
            ClientError: One is missing, unknown, or out of its range.
        """
        given = checked_options(act.payload.get("options"))
        resolved: Json = {}
        return self._level(command, given, act, channel, resolved), resolved

    def _level(
        self, holder: Json, given: list[Json], act: Act, channel: Channel, resolved: Json
    ) -> list[Json]:
        declared: list[Json] = holder.get("options") or []
        nested = {one["name"]: one for one in declared if one["type"] in {SUBCOMMAND, GROUP}}
        if nested:
            if len(given) != 1 or given[0].get("name") not in nested:
                raise ClientError("Choose one of the sub-commands.")
            one = nested[given[0]["name"]]
            inner = self._level(one, given[0].get("options") or [], act, channel, resolved)
            return [{"name": one["name"], "type": one["type"], "options": inner}]
        values = {one["name"]: one.get("value") for one in given}
        unknown = values.keys() - {one["name"] for one in declared}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise ClientError(f"This command is outdated, it has no option {names}.")
        files = {upload.key: upload for upload in act.uploads}
        filled = []
        for one in declared:
            value = self._value(one, values.get(one["name"]), files, channel, resolved)
            if value is not None:
                filled.append({"name": one["name"], "type": one["type"], "value": value})
            elif one.get("required"):
                raise ClientError(f"The option {one['name']} is required.")
        return filled

    def _value(
        self, option: Json, value: Any, files: dict[str, Upload], channel: Channel, resolved: Json
    ) -> Any:
        kind, name = option["type"], option["name"]
        if kind == ATTACHMENT:
            return self._upload(files[name], channel, resolved) if name in files else None
        if value is None:
            return None
        if kind in {STRING, INTEGER, NUMBER, BOOLEAN}:
            return _plain(option, value)
        menu = {USER: USER_SELECT, CHANNEL: CHANNEL_SELECT, ROLE: ROLE_SELECT}
        wanted = menu.get(kind, MENTIONABLE_SELECT if kind == MENTIONABLE else kind)
        for section, entries in self.resolved(wanted, [str(value)], channel).items():
            resolved.setdefault(section, {}).update(entries)
        return str(value)

    def _upload(self, upload: Upload, channel: Channel, resolved: Json) -> str:
        if len(upload.body) > self._world.directory.limit_bytes(channel.guild_id):
            raise ClientError("Your file is too powerful. Pick a smaller one.", status=413)
        attachment = self._posting.file(upload, channel_id=channel.id, ephemeral=True)
        self._world.keep(attachment)
        shape = objects.attachment(attachment, self._world.url_of)
        resolved.setdefault("attachments", {})[attachment.id] = shape
        return attachment.id

    def resolved(
        self, kind: int, ids: list[str], channel: Channel, *, types: Collection[int] = ()
    ) -> Json:
        """Describe what was chosen by id in a menu of people, roles or channels.

        Args:
            kind: That of the menu.
            ids: What was chosen.
            channel: Where the menu is.
            types: Kinds of channels that it offers; all where none are given.

        Raises:
            ClientError: There is no such thing.
        """
        if kind == USER_SELECT:
            return self.people(ids, channel)
        if kind == ROLE_SELECT:
            return self._roles(ids, channel)
        if kind == CHANNEL_SELECT:
            return self._channels(ids, channel, types)
        if kind == MENTIONABLE_SELECT:
            users = [one for one in ids if one in self._world.directory.users]
            roles = [one for one in ids if one not in users]
            found = self.people(users, channel) if users else {}
            return found | (self._roles(roles, channel) if roles else {})
        return {}

    def people(self, ids: Iterable[str], channel: Channel) -> Json:
        """Describe users, and members where they are in the guild.

        Raises:
            ClientError: There is no such person.
        """
        users = self._world.directory.users
        guild = self._world.directory.guild_of(channel)
        found: Json = {"users": {}, "members": {}}
        for one in ids:
            if one not in users:
                raise ClientError("There is no such person here.", status=404)
            found["users"][one] = objects.user(users[one])
            if guild is not None and one in guild.members:
                held = permissions.in_channel(self._world.directory, channel, one)
                member = objects.member(guild.members[one], None)
                member = {key: member[key] for key in member if key not in {"mute", "deaf"}}
                found["members"][one] = member | {"permissions": str(held)}
        return {section: entries for section, entries in found.items() if entries}

    def _roles(self, ids: Iterable[str], channel: Channel) -> Json:
        guild = self._world.directory.guild_of(channel)
        roles = guild.roles if guild else {}
        missing = [one for one in ids if one not in roles]
        if missing or guild is None:
            raise ClientError("There is no such role here.", status=404)
        return {"roles": {one: objects.role(roles[one], guild_id=guild.id) for one in ids}}

    def _channels(self, ids: Iterable[str], place: Channel, types: Collection[int]) -> Json:
        guild = self._world.directory.guild_of(place)
        known = guild.channels if guild else {}
        if any(one not in known for one in ids):
            raise ClientError("There is no such channel here.", status=404)
        if types and any(int(known[one].type) not in types for one in ids):
            raise ClientError("That kind of channel is not among the choices.")
        keys = ("id", "name", "type", "parent_id")
        shapes = {one: objects.channel(known[one], self._world.directory) for one in ids}
        return {
            "channels": {
                one: {key: shape.get(key) for key in keys} | {"permissions": "0"}
                for one, shape in shapes.items()
            }
        }

    def modal(self, modal: Json, act: Act, channel: Channel) -> tuple[list[Json], Json]:
        """Check what was entered in a modal; gives its components filled in, and what ids mean.

        Raises:
            ClientError: A field is missing, too long or too short, or not among the choices.
        """
        entered: dict[str, Json] = {}
        fields = act.payload.get("components") or []
        if not isinstance(fields, list):
            raise ClientError("The fields of a form must be a list.")
        for one in fields:
            if not isinstance(one, dict) or not isinstance(one.get("custom_id"), str):
                raise ClientError("Each field of a form needs its id.")
            entered[one["custom_id"]] = one
        resolved: Json = {}
        filled = []
        for one in modal["components"]:
            shape: Json = {"type": one["type"], "id": one["id"]}
            if one["type"] == LABEL:
                shape["component"] = self._field(
                    one["component"], entered, act, channel, resolved, label=one["label"]
                )
            elif one["type"] == ROW:
                field = one["components"][0]
                shape["components"] = [
                    self._field(field, entered, act, channel, resolved, label=field["label"])
                ]
            elif one["type"] != TEXT_DISPLAY:
                continue
            filled.append(shape)
        return filled, resolved

    def _field(
        self,
        field: Json,
        entered: dict[str, Json],
        act: Act,
        channel: Channel,
        resolved: Json,
        *,
        label: str,
    ) -> Json:
        kind, custom_id = field["type"], field["custom_id"]
        answer = entered.get(custom_id, {})
        shape: Json = {"type": kind, "id": field["id"], "custom_id": custom_id}
        if kind == TEXT_INPUT:
            return shape | {"value": _typed(field, answer.get("value") or "", label)}
        if kind == CHECKBOX:
            return shape | {"value": bool(answer.get("value"))}
        if kind == RADIO_GROUP:
            return shape | {"value": _radio(field, answer.get("value"), label)}
        required = field.get("required", True)
        if kind == FILE_UPLOAD:
            files = [upload for upload in act.uploads if upload.key == custom_id]
            _check_count(field, len(files), label)
            return shape | {"values": [self._upload(one, channel, resolved) for one in files]}
        values = answer.get("values") or []
        if values or required:
            values = chosen(field, values)
        types = field.get("channel_types") or ()
        for section, entries in self.resolved(kind, values, channel, types=types).items():
            resolved.setdefault(section, {}).update(entries)
        return shape | {"values": values}


def _check_count(field: Json, count: int, label: str) -> None:
    required = field.get("required", True)
    low = field.get("min_values", 1)
    high = field.get("max_values", 1)
    if not count and not required:
        return
    if not low <= count <= high:
        raise ClientError(f"{label}: attach between {low} and {high} files.")


def _typed(field: Json, value: Any, label: str) -> str:
    if not isinstance(value, str):
        raise ClientError(f"{label}: enter text.")
    if not value and not field.get("required", True):
        return value
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    if not value or not low <= len(value) <= high:
        raise ClientError(f"{label}: enter between {max(low, 1)} and {high} characters.")
    return value


def _radio(field: Json, value: Any, label: str) -> str | None:
    if value is None and not field.get("required", True):
        return None
    if value not in [one["value"] for one in field["options"]]:
        raise ClientError(f"{label}: pick one of the choices.")
    return str(value)


_KINDS: dict[int, Any] = {
    STRING: (str,),
    INTEGER: (int,),
    NUMBER: (int, float),
    BOOLEAN: (bool,),
}


def _plain(option: Json, value: Any) -> Any:
    """Check a text, number or truth value against its option."""
    kind, name = option["type"], option["name"]
    is_bool = isinstance(value, bool)
    if not isinstance(value, _KINDS[kind]) or is_bool != (kind == BOOLEAN):
        raise ClientError(f"The option {name} takes another kind of value.")
    if kind == BOOLEAN:
        return value
    size: float = len(value) if isinstance(value, str) else value
    unit = "length" if kind == STRING else "value"
    low, high = option.get(f"min_{unit}"), option.get(f"max_{unit}")
    high = 6000 if high is None and kind == STRING else high
    if (low is not None and size < low) or (high is not None and size > high):
        raise ClientError(f"The option {name} is out of its range ({low} to {high}).")
    choices = option.get("choices")
    if choices and value not in [one["value"] for one in choices]:
        raise ClientError(f"The option {name} has no such choice.")
    return value
