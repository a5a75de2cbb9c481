"""How Discord says no: a status, a code, a message, and for forms where each mistake is.

Discord docs, Opcodes and Status Codes, JSON Error Codes; Reference, Error Messages.
"""

from __future__ import annotations

from sandbox.discord.state import Json


class Refusal(Exception):
    """An answer that is not a success.

    Attributes:
        status: HTTP status.
        code: Discord's own number for it.
        errors: Where in the form which mistakes are, in Discord's nested shape.
        headers: Further headers of the answer.
        extra: Further keys of the body.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        headers: dict[str, str] | None = None,
        extra: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.headers = headers or {}
        self.extra = extra or {}

    def body(self) -> Json:
        """Give the JSON body."""
        body: Json = {"message": self.message, "code": self.code, **self.extra}
        if self.errors is not None:
            body["errors"] = self.errors
        return body

    def inside(self, name: str) -> Refusal:
        """Give the same refusal for a form that is a part of a larger one."""
        if self.errors is None:
            return self
        return Refusal(self.status, self.code, self.message, errors={name: self.errors})


def unauthorized() -> Refusal:
    """Refuse a token."""
    return Refusal(401, 0, "401: Unauthorized")


def unknown_route() -> Refusal:
    """Refuse a path that does not exist."""
    return Refusal(404, 0, "404: Not Found")


def unknown_channel() -> Refusal:
    """Say a channel does not exist."""
    return Refusal(404, 10003, "Unknown Channel")


def unknown_guild() -> Refusal:
    """Say a guild does not exist."""
    return Refusal(404, 10004, "Unknown Guild")


def unknown_member() -> Refusal:
    """Say somebody is not in the guild."""
    return Refusal(404, 10007, "Unknown Member")


def unknown_message() -> Refusal:
    """Say a message does not exist, or is ephemeral and so not for this door."""
    return Refusal(404, 10008, "Unknown Message")


def unknown_user() -> Refusal:
    """Say a user does not exist."""
    return Refusal(404, 10013, "Unknown User")


def unknown_webhook() -> Refusal:
    """Say an interaction token is unknown or was not answered yet."""
    return Refusal(404, 10015, "Unknown Webhook")


def unknown_interaction() -> Refusal:
    """Say an interaction does not exist, or that its three seconds are over."""
    return Refusal(404, 10062, "Unknown interaction")


def unknown_command() -> Refusal:
    """Say a command does not exist."""
    return Refusal(404, 10063, "Unknown application command")


def expired_token() -> Refusal:
    """Say the fifteen minutes of an interaction token are over."""
    return Refusal(401, 50027, "Invalid Webhook Token")


def already_acknowledged() -> Refusal:
    """Say the interaction has had its one first response."""
    return Refusal(400, 40060, "Interaction has already been acknowledged.")


def too_large() -> Refusal:
    """Say a file, or the request, is over the limit."""
    return Refusal(413, 40005, "Request entity too large")


def too_many_files() -> Refusal:
    """Say a message would have more than ten attachments."""
    return Refusal(400, 30015, "Maximum number of attachments in a message reached (10)")


def empty_message() -> Refusal:
    """Say there is nothing in the message."""
    return Refusal(400, 50006, "Cannot send an empty message")


def missing_access() -> Refusal:
    """Say the bot cannot see the place."""
    return Refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    """Say the bot may not do that there."""
    return Refusal(403, 50013, "Missing Permissions")


def not_the_author() -> Refusal:
    """Say only the author edits a message."""
    return Refusal(403, 50005, "Cannot edit a message authored by another user")


def cannot_dm() -> Refusal:
    """Say that person takes no direct messages from the bot."""
    return Refusal(403, 50007, "Cannot send messages to this user")


def no_history() -> Refusal:
    """Say replying needs the permission to read what was said before."""
    return Refusal(403, 160002, "Cannot reply without permission to read message history")


def bad_json() -> Refusal:
    """Say the body is not JSON."""
    return Refusal(400, 50109, "The request body contains invalid JSON.")


def archived_thread() -> Refusal:
    """Say the thread is closed."""
    return Refusal(400, 50083, "Thread is archived")


class Form:
    """The mistakes found in one form, so far."""

    def __init__(self) -> None:
        self.errors: Json = {}

    @property
    def is_clean(self) -> bool:
        """Whether there are none."""
        return not self.errors

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Note a mistake at a place, such as ``("embeds", 0, "title")``."""
        node = self.errors
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def merge(self, path: tuple[str | int, ...], other: Form) -> None:
        """Take over the mistakes of a part of the form."""
        if other.is_clean:
            return
        node = self.errors
        for step in path:
            node = node.setdefault(str(step), {})
        _merge(node, other.errors)

    def check(self) -> None:
        """Refuse the form when there are mistakes.

        Raises:
            Refusal: 400 with code 50035.
        """
        if self.errors:
            raise Refusal(400, 50035, "Invalid Form Body", errors=self.errors)


def _merge(into: Json, new: Json) -> None:
    for key, value in new.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into.setdefault(key, []).extend(value)


def invalid(path: tuple[str | int, ...], code: str, message: str) -> Refusal:
    """Refuse a form for one mistake."""
    form = Form()
    form.add(path, code, message)
    return Refusal(400, 50035, "Invalid Form Body", errors=form.errors)
