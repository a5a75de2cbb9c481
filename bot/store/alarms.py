"""What the operator is to be told once, however many jobs, processes and restarts meet with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.store.dialect import insert_once
from bot.store.schema import meta

_PREFIX = "alarm:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something about the bot that only its operator can do something about.

    Attributes:
        topic: What it is about; there is one alarm at most for each.
        is_sent: Whether the operator was told, or cannot be.
        is_over: Whether it says that an earlier alarm no longer holds.
    """

    topic: str
    sentence: str
    is_sent: bool = False
    is_over: bool = False


def ring(conn: sa.Connection, topic: str, sentence: str) -> bool:
    """Note that something is wrong; True when that is news."""
    alarm = Alarm(topic=topic, sentence=sentence)
    if insert_once(conn, meta, {"key": _PREFIX + topic, "value": _written(alarm)}):
        return True
    known = _get(conn, topic)
    if known is not None and not known.is_over and known.sentence == sentence:
        return False
    _put(conn, alarm)
    return True


def calm(conn: sa.Connection, topic: str, sentence: str) -> bool:
    """Note that something is right again; True when it had not been.

    Who was not told of the trouble is not told of its end.
    """
    known = _get(conn, topic)
    if known is None or known.is_over:
        return False
    if known.is_sent:
        _put(conn, Alarm(topic=topic, sentence=sentence, is_over=True))
    else:
        _delete(conn, topic)
    return True


def unsent(conn: sa.Connection) -> list[Alarm]:
    """List what the operator is still to be told."""
    rows = conn.execute(
        sa.select(meta).where(meta.c.key.startswith(_PREFIX, autoescape=True)).order_by(meta.c.key)
    )
    alarms = [_read(row.key, row.value) for row in rows]
    return [alarm for alarm in alarms if not alarm.is_sent]


def sent(conn: sa.Connection, alarm: Alarm) -> None:
    """Note that the operator was told, unless there is something newer to be told by now."""
    if _get(conn, alarm.topic) != alarm:
        return
    if alarm.is_over:
        _delete(conn, alarm.topic)
    else:
        _put(conn, replace(alarm, is_sent=True))


def _get(conn: sa.Connection, topic: str) -> Alarm | None:
    # Locked, for what is read decides what is written. SQLite has one writer anyway.
    row = conn.execute(
        sa.select(meta).where(meta.c.key == _PREFIX + topic).with_for_update()
    ).one_or_none()
    return None if row is None else _read(row.key, row.value)


def _put(conn: sa.Connection, alarm: Alarm) -> None:
    conn.execute(
        sa.update(meta).where(meta.c.key == _PREFIX + alarm.topic).values(value=_written(alarm))
    )


def _delete(conn: sa.Connection, topic: str) -> None:
    conn.execute(sa.delete(meta).where(meta.c.key == _PREFIX + topic))


def _written(alarm: Alarm) -> str:
    return json.dumps({"sentence": alarm.sentence, "sent": alarm.is_sent, "over": alarm.is_over})


def _read(key: str, value: str) -> Alarm:
    content = json.loads(value)
    return Alarm(
        topic=key.removeprefix(_PREFIX),
        sentence=content["sentence"],
        is_sent=content["sent"],
        is_over=content["over"],
    )
