"""Every fault at every step: what the member saw, what was charged, what the ledger says.

    python -m tests.chaos.faults --out /tmp/faults.jsonl --markdown /tmp/faults.md

All cases run against one bot process, each in a channel of its own. With `--only WORDS` only those
whose step or trouble has the words in it; with `--quick` the shorter form that the suite runs.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord.state import Message
from sandbox.fal.tickets import Ticket
from tests.chaos.arena import Arena, Row, arena, examine
from tests.chaos.cases import CASES, MODEL, Case, End
from tests.chaos.judge import charge, has_ended, text_of
from tests.chaos.report import Lines, options, say
from tests.e2e.rig import Member, tone, until

PATIENCE_SECONDS = 200.0
GRACE_SECONDS = 20
AT_ONCE = 24

NO_WORDS_FOR_PEOPLE = re.compile(
    r"[{}<>]|\b[A-Z][a-z]+(Error|Exception|Timeout)\b|\bHTTP\b|\b[45]\d\d\b|Traceback|incident"
    r"|None|null|undefined",
)
"""What no sentence on a card may have in it: markup, codes, and names of classes."""

ANYBODYS = frozenset({"discord.callback", "fal.upload"})
"""Places that do not tell whom a request is for: their cases are tried one after the other."""

MENTIONS = re.compile(r"<[@#:/!&t][^>]*>")


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How a case ended.

    Attributes:
        wrong: What broke a promise, each as a sentence.
    """

    case: Case
    end: End
    words: str
    charged: int
    truth: int
    ledger: str
    requests: int
    seconds: float
    wrong: tuple[str, ...] = ()


async def run(
    cases: Sequence[Case],
    folder: Path,
    *,
    grace_seconds: int = GRACE_SECONDS,
    run_seconds: float = 2,
) -> list[Outcome]:
    """Try all cases against one bot, many at a time; models take `run_seconds`."""
    limit = asyncio.Semaphore(AT_ONCE)
    settings = {"MINSTREL_UNKNOWN_GRACE": str(grace_seconds), "MINSTREL_MAX_ACTIVE": "60"}
    async with arena(folder, channels=len(cases), settings=settings) as place:
        await place.pace(queue_seconds=0, run_seconds=run_seconds, concurrency=60)
        found: dict[int, Outcome] = {}
        for number, case in enumerate(cases):
            if _is_anybodys(case):
                found[number] = await _try(place, number, case)

        async def one(number: int, case: Case) -> None:
            async with limit:
                found[number] = await _try(place, number, case)

        left = [each for each in enumerate(cases) if each[0] not in found]
        await asyncio.gather(*(one(*each) for each in left))
        outcomes = [found[number] for number in sorted(found)]
        await place.bot.kill()
        for mistake in examine(place.bot).wrong:
            outcomes[-1].wrong += (mistake,)
        _look_at_log(place.bot.log, outcomes)
        return outcomes


def _look_at_log(log: str, outcomes: list[Outcome]) -> None:
    for line in log.splitlines():
        if "incident" in line:
            outcomes[-1].wrong += (f"the log has an incident: {line}",)


async def _try(place: Arena, number: int, case: Case) -> Outcome:
    """Set a case's faults, ask for a piece, wait for its end, and look at the books."""
    member = place.members[number]
    words = f"case {number:03} calm {case.words}".strip()
    _set_faults(place, case, member, words)
    started = time.monotonic()
    if case.disturb == "account":
        await place.pace(locked=True)
    id_ = await _ask(member, case, words)
    await _disturb(place, member, case)
    end, card = await _end_of(place, member, id_)
    seconds = time.monotonic() - started
    await _written_down(place, id_)
    for fault in place.sandbox.faults.pending:
        if fault.about in {member.channel_id, words} or _is_anybodys(case):
            place.sandbox.faults.remove(fault)
    rows = await asyncio.to_thread(place.bot.rows, "SELECT * FROM jobs WHERE id = ?", int(id_))
    entries = await asyncio.to_thread(
        place.bot.rows,
        "SELECT kind, amount FROM ledger WHERE job_id = ? ORDER BY at, kind",
        int(id_),
    )
    tickets = [one for one in place.sandbox.fal._ledger.tickets() if words in one.text]
    outcome = Outcome(
        case=case,
        end=end,
        words=card,
        charged=sum(one["amount"] for one in entries if one["kind"] == "settle"),
        truth=sum(map(charge, tickets)),
        ledger=", ".join(f"{one['kind']} {_usd(one['amount'])}" for one in entries) or "nothing",
        requests=len(tickets),
        seconds=round(seconds, 1),
    )
    outcome.wrong = tuple(_mistakes(outcome, rows, tickets))
    channel = place.sandbox.discord.world.directory.channels[member.channel_id]
    if sum(str(one.nonce) == id_ for one in channel.messages.values()) > 1:
        outcome.wrong += ("has two cards",)
    return outcome


async def _disturb(place: Arena, member: Member, case: Case) -> None:
    """Do to everybody what a case wants done, once its card is there."""
    if not case.disturb:
        return
    await member.card(bool, "a card")
    if case.disturb == "account":
        await asyncio.sleep(4)
        await place.pace(locked=False)
        return
    body = {"action": case.disturb.partition(":")[2], "count": 5}
    await place.owner.send("POST", "/control/gateway", body)
    await place.online()


def _is_anybodys(case: Case) -> bool:
    return bool(case.disturb) or any(fault.where in ANYBODYS for fault in case.faults)


def _set_faults(place: Arena, case: Case, member: Member, words: str) -> None:
    for fault in case.faults:
        about: str | None = words
        if fault.where in ANYBODYS:
            about = None
        elif fault.where == "fal.requests":
            about = case.model.rpartition("/")[2]
        elif fault.where.startswith("discord."):
            about = member.channel_id
        place.sandbox.faults.add(fault.model_copy(update={"about": about}))


async def _ask(member: Member, case: Case, words: str) -> str:
    if not case.source:
        length = {"duration": 10} if case.model == MODEL else {}
        return await member.slash("music", prompt=words, model=case.model, **length)
    return await member.slash("remix", prompt=words, audio=("mine.mp3", tone(6)))


async def _written_down(place: Arena, id_: str) -> None:
    """Wait until the books have what the member saw a moment before."""
    query = "SELECT shown_at, state FROM jobs WHERE id = ?"
    for _ in range(200):
        rows = await asyncio.to_thread(place.bot.rows, query, int(id_))
        if not rows or rows[0]["shown_at"] or rows[0]["state"] == "undelivered":
            return
        await asyncio.sleep(0.2)


async def _end_of(place: Arena, member: Member, id_: str) -> tuple[End, str]:
    """Wait for the end of what somebody asked for, as they see it."""
    world = place.sandbox.discord.world
    channel = world.directory.channels[member.channel_id]

    async def look() -> tuple[End, str] | None:
        await asyncio.sleep(0.2)
        ours = [one for one in channel.messages.values() if one.author_id == world.bot.id]
        for message in ours:
            if not message.is_ephemeral and has_ended(message):
                return _kind_of(message), _last_words(message)
        told = [one.content for one in ours if one.is_ephemeral and one.content]
        row = await asyncio.to_thread(
            place.bot.rows,
            "SELECT state, failure_sentence, shown_at FROM jobs WHERE id = ?",
            int(id_),
        )
        if row and row[0]["state"] == "undelivered":
            return End.KEPT, str(row[0]["failure_sentence"])
        if told and (not row or row[0]["shown_at"]):
            return End.REFUSED, told[-1]
        return None

    try:
        return await until(look, "an end", seconds=PATIENCE_SECONDS)
    except AssertionError:
        return End.REFUSED, "(nothing, ever)"


def _kind_of(message: Message) -> End:
    if any(one.filename.endswith((".mp3", ".ogg", ".wav", ".flac")) for one in message.attachments):
        return End.HEARD
    text = text_of(message)
    if "It is kept" in text:
        return End.KEPT
    return End.UNPAID if re.search("Not charged", text) else End.PAID


def _last_words(message: Message) -> str:
    text = text_of(message)
    _content, _, rest = text.partition("\n")
    said = MENTIONS.sub("", rest.partition("\n")[2] or rest)
    return " ".join(said.split())


def _mistakes(outcome: Outcome, rows: Sequence[Row], tickets: Sequence[Ticket]) -> list[str]:
    """List what broke a promise."""
    case = outcome.case
    wrong = []
    if outcome.end not in case.ends:
        wrong.append(f"ended with {outcome.end}, not with {' or '.join(case.ends)}")
    if case.says and case.says not in outcome.words:
        wrong.append(f"does not say “{case.says}”")
    if outcome.end is not End.HEARD:
        if found := NO_WORDS_FOR_PEOPLE.search(outcome.words):
            wrong.append(f"has “{found[0]}” in what people read")
        if not outcome.words or outcome.words.startswith("(nothing"):
            wrong.append("says nothing")
    if len(tickets) > 1:
        wrong.append(f"was sent {len(tickets)} times")
    if outcome.end in {End.HEARD, End.PAID, End.KEPT} and outcome.charged != outcome.truth:
        wrong.append(f"charged {_usd(outcome.charged)}, fal {_usd(outcome.truth)}")
    if outcome.end in {End.UNPAID, End.REFUSED} and outcome.charged:
        wrong.append(f"charged {_usd(outcome.charged)} for nothing")
    if rows and rows[0]["finished_at"] is None:
        wrong.append(f"is still {rows[0]['state']}")
    return wrong


def _usd(micros: int) -> str:
    return f"${micros / 1e6:.4f}".rstrip("0").rstrip(".") if micros else "$0"


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Write the table."""
    lines = [
        "| step | trouble | what the member saw last | charged | ledger | requests |",
        "|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        saw = "the audio" if one.end is End.HEARD else one.words.replace("|", "\\|")
        if one.end is End.HEARD and "Note:" in one.words:
            saw += f" ({one.words.partition('Note: ')[2]})"
        lines.append(
            f"| {one.case.step} | {one.case.trouble} | {saw} | {_usd(one.charged)} "
            f"| {one.ledger} | {one.requests} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the matrix from the command line."""
    parser = options("faults", kills=0)
    parser.add_argument("--only", default="", help="words of a step or a trouble")
    parser.add_argument("--quick", action="store_true", help="the shorter form")
    parser.add_argument("--markdown", type=Path, default=None, help="where the table goes")
    args = parser.parse_args()
    cases = [
        case
        for case in CASES
        if (case.quick or not args.quick) and args.only in f"{case.step}: {case.trouble}"
    ]
    with Lines(args.out) as lines, tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        outcomes = asyncio.run(run(cases, Path(folder)))
        if any(one.wrong for one in outcomes):
            kept = Path(tempfile.mkdtemp(prefix="chaos-faults-")) / "bot.log"
            kept.write_text(Path(folder, "bot.log").read_text())
            say(f"The bot's log is in {kept}.")
        for one in outcomes:
            lines.write(
                kind="case",
                step=one.case.step,
                trouble=one.case.trouble,
                end=one.end,
                words=one.words,
                charged=one.charged,
                truth=one.truth,
                ledger=one.ledger,
                requests=one.requests,
                seconds=one.seconds,
                wrong=one.wrong,
            )
    table = markdown(outcomes)
    if args.markdown is not None:
        args.markdown.write_text(table)
    else:
        say(table)
    bad = [one for one in outcomes if one.wrong]
    for one in bad:
        say(f"WRONG {one.case.step}: {one.case.trouble}: {'; '.join(one.wrong)} — {one.words}")
    say(f"{len(outcomes)} cases, {len(bad)} wrong.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
