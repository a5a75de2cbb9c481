"""Who may come in: the Authorization header, and the sentences that turn people away."""

from __future__ import annotations

import re

from aiohttp import web

from sandbox.fal import answers

KEY = re.compile(r"Key ([^:\s]+):([^:\s]+)")
LOCKED = (
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing"
)


def turned_away(request: web.Request, *, app: str | None = None) -> str | None:
    """Give fal's sentence for a missing or wrong key; None when the key will do.

    Every key of the form `id:secret` will do, except `bad:key`.
    """
    given = request.headers.get("Authorization", "")
    if not given:
        if app is None:
            return "Authentication is required to access this resource."
        return (
            f'Cannot access application "{app}". '
            "Authentication is required to access this application."
        )
    match = KEY.fullmatch(given)
    if match is None:
        return "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."
    if match.groups() == ("bad", "key"):
        return "No user found for Key ID and Secret"
    return None


def check(request: web.Request, *, app: str | None = None) -> web.Response | None:
    """Give the 401 with which the gateway turns a caller away; None to let it in."""
    reason = turned_away(request, app=app)
    return None if reason is None else answers.detail(reason, status=401)


def locked() -> web.Response:
    """Answer as to an account without money."""
    return answers.detail(LOCKED, status=403)


def masked(headers: dict[str, str]) -> dict[str, str]:
    """Give headers by lower-case name, without the secret."""
    shown = {name.lower(): value for name, value in headers.items()}
    if "authorization" in shown:
        shown["authorization"] = re.sub(r":\S+", ":***", shown["authorization"])
    return shown
