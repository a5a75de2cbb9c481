"""The judge: what members, fal and the ledger have, after everything has come to rest.

It asks the two far ends first, and the bot's own books only for what those cannot know.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.state import InteractionType, Message, Status
from sandbox.fal import roster
from sandbox.fal.tickets import Ticket
from tests.chaos.arena import Arena, Row, examine
from tests.chaos.load import Deed

ENDS = re.compile(r"Not charged|[Rr]efunded|Charged \$")
AUDIO = (".mp3", ".ogg", ".wav", ".flac")
MICROS = 1_000_000
LOADING = 1 << 7
KINDS = (
    "lost",
    "paid_twice",
    "paid_for_nothing",
    "cards_twice",
    "files_twice",
    "money",
    "damaged",
)


@dataclass(slots=True)
class Verdict:
    """What was found. Each list names what is wrong; all of them are to be empty.

    Attributes:
        lost: Accepted, by an acknowledgement or a card, and without an end that can be read.
        paid_twice: Requests at fal beyond one per job.
        paid_for_nothing: Made by fal, and neither delivered nor offered again.
        cards_twice, files_twice: Jobs with more than one card; files that stand in two messages.
        money: Bookings that are not what fal charged.
        damaged: What the database itself got wrong.
        counts: How much there was to judge.
    """

    lost: list[str] = field(default_factory=list)
    paid_twice: list[str] = field(default_factory=list)
    paid_for_nothing: list[str] = field(default_factory=list)
    cards_twice: list[str] = field(default_factory=list)
    files_twice: list[str] = field(default_factory=list)
    money: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def findings(self) -> dict[str, list[str]]:
        """Everything that is wrong, by kind."""
        return {name: list(getattr(self, name)) for name in KINDS}

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not any(self.findings.values())

    def add(self, other: Verdict) -> None:
        """Count another round in."""
        for name, found in other.findings.items():
            getattr(self, name).extend(found)
        self.counts.update(other.counts)


def judge(arena: Arena, deeds: Sequence[Deed]) -> Verdict:
    """Judge an arena that has come to rest; the bot must be dead, so that its books hold still."""
    verdict = Verdict()
    autopsy = examine(arena.bot)
    verdict.damaged += autopsy.wrong
    verdict.damaged += [
        f"{count} jobs are still {state}" for state, count in autopsy.states.items()
    ]
    rows = {str(row["id"]): row for row in arena.bot.rows("SELECT * FROM jobs")}
    ledger = arena.bot.rows("SELECT * FROM ledger")
    tickets = arena.sandbox.fal._ledger.tickets()
    world = arena.sandbox.discord.world
    ours = [
        one
        for one in world.directory.messages()
        if one.author_id == world.bot.id and not one.is_ephemeral
    ]
    _judge_cards(verdict, rows, ours)
    _judge_deeds(verdict, arena, deeds, rows)
    _judge_requests(verdict, rows, tickets)
    _judge_money(verdict, rows, ledger, tickets)
    verdict.counts.update(jobs=len(rows), requests=len(tickets), cards=len(ours))
    verdict.counts.update(Counter(str(row["state"]) for row in rows.values()))
    events = arena.bot.rows("SELECT note, count(*) AS many FROM job_events GROUP BY note")
    verdict.counts.update({f"note: {one['note']}": one["many"] for one in events if one["note"]})
    return verdict


def text_of(message: Message) -> str:
    """Give all words on a card."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [f"{one['name']}: {one['value']}" for one in embed.get("fields") or ()]
    return "\n".join(filter(None, parts))


def has_ended(message: Message) -> bool:
    """Say whether a card carries audio, or words that tell what was charged."""
    return bool(_audio(message)) or ENDS.search(text_of(message)) is not None


def _audio(message: Message) -> list[str]:
    return [one.filename for one in message.attachments if one.filename.endswith(AUDIO)]


def _judge_cards(verdict: Verdict, rows: Mapping[str, Row], ours: Sequence[Message]) -> None:
    by_job: defaultdict[str, list[Message]] = defaultdict(list)
    for message in ours:
        if str(message.nonce) in rows:
            by_job[str(message.nonce)].append(message)
    for job_id, cards in by_job.items():
        if len(cards) > 1:
            verdict.cards_twice.append(f"job {job_id} has {len(cards)} cards")
    for job_id, row in rows.items():
        if row["leader_id"] is not None:
            continue
        cards = by_job.get(job_id, [])
        if not cards and row["failure_code"] == "unheard":
            verdict.counts["too late to be heard, withdrawn"] += 1
            continue
        if not any(map(has_ended, cards)):
            said = text_of(cards[0])[:200] if cards else "no card"
            verdict.lost.append(f"job {job_id} ({row['state']}) has no end: {said}")
        takes = [one for one in rows.values() if (one["leader_id"] or one["id"]) == row["id"]]
        wanted = sum(one["state"] == "delivered" for one in takes)
        files = [name for card in cards for name in _audio(card)]
        if len(files) != wanted and not _makes_several(takes):
            verdict.files_twice.append(f"job {job_id}: {len(files)} files for {wanted} results")
    names = Counter(name for message in ours for name in set(_audio(message)))
    verdict.files_twice += [f"{name} stands in {n} messages" for name, n in names.items() if n > 1]


def _makes_several(takes: Iterable[Row]) -> bool:
    return any(len(json.loads(one["files"] or "[]")) > 1 for one in takes)


def _judge_deeds(
    verdict: Verdict, arena: Arena, deeds: Sequence[Deed], rows: Mapping[str, Row]
) -> None:
    directory = arena.sandbox.discord.world.directory
    for deed in deeds:
        verdict.counts[f"did: {deed.what}"] += 1
        interaction = directory.interactions.get(deed.id)
        if interaction is None:
            continue  # a reply; whether it was read cannot be seen, and its job is judged above
        assert interaction.type is not InteractionType.AUTOCOMPLETE
        if interaction.status is not Status.ACKNOWLEDGED:
            verdict.counts["unanswered while away"] += 1
            continue
        thinks = [
            one.id
            for one in directory.channels[deed.channel_id].messages.values()
            if one.id == interaction.response_id and one.flags & LOADING
        ]
        if thinks and deed.id in rows:
            verdict.counts["acknowledgements left standing"] += 1
        elif thinks and deed.makes:
            verdict.counts["wishes cut off, nothing charged"] += 1
        elif thinks:
            verdict.counts["presses cut off that cost nothing"] += 1


def _judge_requests(verdict: Verdict, rows: Mapping[str, Row], tickets: Sequence[Ticket]) -> None:
    wanted = Counter(
        _key(row["model"], json.loads(row["arguments"]))
        for row in rows.values()
        if row["submit_at"] is not None or row["request_id"]
    )
    made = Counter(_key(one.endpoint, one.arguments) for one in tickets)
    for key, count in made.items():
        if count > wanted[key]:
            verdict.paid_twice.append(f"{count} requests for {wanted[key]} jobs: {key[:200]}")
    kept = {
        row["request_id"] for row in rows.values() if row["state"] in {"delivered", "undelivered"}
    }
    for ticket in tickets:
        if ticket.outcome and ticket.outcome.status == 200 and ticket.id not in kept:
            owner = next((one for one in rows.values() if one["request_id"] == ticket.id), None)
            state = "nobody's" if owner is None else owner["state"]
            verdict.paid_for_nothing.append(f"request {ticket.id} is {state}: {ticket.arguments}")


def _key(endpoint: str, arguments: Any) -> str:
    return f"{endpoint} {json.dumps(arguments, sort_keys=True)}"


def _judge_money(
    verdict: Verdict,
    rows: Mapping[str, Row],
    ledger: Sequence[Row],
    tickets: Sequence[Ticket],
) -> None:
    charged = {one.id: charge(one) for one in tickets}
    booked: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for entry in ledger:
        booked[str(entry["job_id"])][entry["kind"]] = entry["amount"]
    for job_id, row in rows.items():
        cost = row["cost"]
        truth = charged.get(row["request_id"] or "", 0)
        if cost is None or abs(cost - truth) > 1:
            verdict.money.append(f"job {job_id} ({row['state']}) cost {truth}, booked {cost}")
            continue
        entries = booked[job_id]
        given_back = entries.get("reserve", 0) - entries.get("settle", 0)
        if max(given_back, 0) != entries.get("refund", 0):
            verdict.money.append(f"job {job_id} ({row['state']}): {entries}")


def charge(ticket: Ticket) -> int:
    """Give what fal charged for a request, in micro-dollars."""
    engine = roster.find(ticket.endpoint)
    if engine is None or ticket.outcome is None or ticket.outcome.status != 200:
        return 0
    return round(engine.price.usd * ticket.outcome.units * MICROS)
