"""The bodies that fal answers with, word for word where its words are known.

Shapes are those of fal's docs (Queue, Errors, Platform APIs) and of answers people have posted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from bot.domain.job import Json

ERROR_DOCS = "https://docs.fal.ai/errors/#"

NGINX_PAGE = """<html>
<head><title>{status} {reason}</title></head>
<body>
<center><h1>{status} {reason}</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}

# pydantic's word -> fal's word (fal docs, Errors); what is not here is passed on as it is, as the
# endpoints that are not migrated yet do.
WORDS = {
    "too_short": "sequence_too_short",
    "too_long": "sequence_too_long",
    "literal_error": "one_of",
    "enum": "one_of",
}


def json_answer(
    body: Json, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer JSON."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        content_type="application/json",
        headers=headers,
    )


def detail(text: str, *, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer an error of the gateway: one sentence under `detail`."""
    return json_answer({"detail": text}, status=status, headers=headers)


def platform_error(kind: str, message: str, *, status: int) -> web.Response:
    """Answer an error of the Platform API."""
    return json_answer({"error": {"type": kind, "message": message}}, status=status)


def nginx_page(status: int) -> web.Response:
    """Answer what the ingress in front of fal says when fal itself cannot be reached."""
    reason = REASONS.get(status, "Error")
    return web.Response(
        text=NGINX_PAGE.format(status=status, reason=reason),
        status=status,
        content_type="text/html",
    )


def model_error(
    kind: str,
    message: str,
    *,
    field: str | None = None,
    given: Json = None,
    ctx: Mapping[str, Json] | None = None,
) -> Json:
    """Write the body of an error that a model reports."""
    item: dict[str, Json] = {
        "loc": ["body", field] if field else ["body"],
        "msg": message,
        "type": kind,
        "url": f"{ERROR_DOCS}{kind}",
    }
    if ctx:
        item["ctx"] = dict(ctx)
    if given is not None:
        item["input"] = given
    return {"detail": [item]}


def invalid_input(error: ValidationError) -> Json:
    """Turn pydantic's findings into a model's 422 body."""
    return {"detail": [_finding(dict(item)) for item in error.errors(include_url=False)]}


def _finding(item: Mapping[str, Any]) -> Json:
    kind = WORDS.get(item["type"], item["type"])
    ctx = {name: _plain(value) for name, value in (item.get("ctx") or {}).items()}
    if kind == "one_of":
        ctx = {"expected": _choices(str(ctx.get("expected", "")))}
    found: dict[str, Json] = {
        "loc": ["body", *(_plain(part) for part in item["loc"])],
        "msg": str(item["msg"]),
        "type": kind,
        "url": f"{ERROR_DOCS}{kind}",
        "input": _plain(item.get("input")),
    }
    if ctx:
        found["ctx"] = ctx
    return found


def _choices(expected: str) -> Json:
    parts: Sequence[str] = expected.replace(" or ", ", ").split(", ")
    return [part.strip("'") for part in parts]


def _plain(value: object) -> Json:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value)
