"""Cards that cannot be written any more: found out once, then left alone; the piece is not lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import ChannelId, UserId
from bot.domain.job import Failure, Job, State
from bot.errors import (
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    MissingPermissions,
    ThreadArchived,
    TooLarge,
)
from bot.jobs.board import CardState, Sound
from bot.jobs.delivery import _barred
from bot.jobs.delivery._cards import UPLOAD_SECONDS
from sandbox.faults import Fault
from tests.jobs.delivery.conftest import Gallery


@pytest.fixture
def sounds(tmp_path: Path) -> tuple[Sound, ...]:
    """A song."""
    audio = tmp_path / "song.mp3"
    audio.write_bytes(b"\xff\xfb\x90\x00" * 100)
    return (Sound(path=audio, file_name="tune.mp3", seconds=3),)


async def deliver(gallery: Gallery, job: Job, sounds: tuple[Sound, ...]) -> int:
    """Write a card's end with its audio; gives the message."""
    state = CardState(job=gallery.at(job, State.DELIVERED), sounds=sounds)
    message: int = await gallery.through(gallery.cards.settle(state))
    return message


async def deny(gallery: Gallery, *names: str) -> None:
    """Take permissions from the bot; none gives all of them back."""
    path = f"/control/channels/{gallery.town.channel}/permissions"
    await gallery.town.post(path, {"deny": list(names)}, method="PUT")


async def thread(gallery: Gallery, **state: bool) -> tuple[Job, str]:
    """A card in a thread that somebody archives."""
    town = gallery.town
    _, shape = await town.api(f"POST /channels/{town.channel}/threads", {"name": "t", "type": 11})
    job = await gallery.posted(channel_id=ChannelId(int(shape["id"])))
    await town.post(f"/control/channels/{shape['id']}", state, method="PATCH")
    return job, str(shape["id"])


# -- threads -----------------------------------------------------------------------------------


async def test_an_archived_thread_is_opened_again_for_the_result(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """The result comes onto the card that stands there, and nothing else is posted."""
    job, where = await thread(gallery, archived=True)

    assert await deliver(gallery, job, sounds) == job.card_id

    (message,) = await gallery.town.messages(where)
    assert len(message["attachments"]) == 1


async def test_an_archived_thread_stays_so_while_there_is_only_progress(gallery: Gallery) -> None:
    """Nobody who has put a conversation away wants it back for a bar that moves."""
    job, where = await thread(gallery, archived=True)

    gallery.cards.show(CardState(job=gallery.at(job, State.RUNNING)))
    await gallery.quiet()

    assert gallery.town.discord.world.directory.channels[where].archived


async def test_a_locked_thread_takes_nothing(gallery: Gallery, sounds: tuple[Sound, ...]) -> None:
    """Only a moderator opens that."""
    job, _ = await thread(gallery, archived=True, locked=True)

    with pytest.raises(ThreadArchived):
        await deliver(gallery, job, sounds)


# -- found out once --------------------------------------------------------------------------------


async def test_a_deleted_card_is_not_edited_again(gallery: Gallery) -> None:
    """Until its end, which may bring a new one."""
    job = await gallery.posted()
    path = f"/client/channels/{gallery.town.channel}/messages/{job.card_id}"
    await gallery.town.post(path, {}, status=204, method="DELETE")
    before = len(gallery.requests)

    for step in range(20):
        state = CardState(job=gallery.at(job, State.RUNNING), progress=f"step {step}")
        gallery.cards.show(state)
        await gallery.quiet(2)

    assert len(gallery.requests) - before == 1


@pytest.mark.parametrize("what", ["removed", "hidden", "deleted"])
async def test_a_channel_out_of_reach_is_left_alone_after_the_first_refusal(
    gallery: Gallery, sounds: tuple[Sound, ...], what: str
) -> None:
    """Fifty jobs of a server that removed the bot do not add up to a ban."""
    jobs = [await gallery.posted() for _ in range(50)]
    town = gallery.town
    match what:
        case "removed":
            await town.post(f"/control/guilds/{town.guild}", {}, status=204, method="DELETE")
        case "hidden":
            await deny(gallery, "view_channel")
        case "deleted":
            await town.post(f"/control/channels/{town.channel}", {}, status=204, method="DELETE")
    before = len(gallery.requests)

    for job in jobs:
        gallery.cards.show(CardState(job=gallery.at(job, State.RUNNING)))
        with pytest.raises((ChannelGone, MissingPermissions)):
            await deliver(gallery, job, sounds)

    assert len(gallery.requests) - before <= 3


async def test_a_channel_is_tried_again_after_a_minute(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """Somebody may have put it right."""
    first, second = await gallery.posted(), await gallery.posted()
    await deny(gallery, "view_channel")
    with pytest.raises(MissingPermissions):
        await deliver(gallery, first, sounds)
    await deny(gallery)

    with pytest.raises(MissingPermissions):
        await deliver(gallery, second, sounds)
    await gallery.quiet(_barred.REST_SECONDS)

    assert await deliver(gallery, second, sounds) == second.card_id


async def test_a_member_who_asks_again_does_not_wait_for_that(gallery: Gallery) -> None:
    """A card that can be posted proves that all is right again."""
    job = await gallery.posted()
    await deny(gallery, "view_channel")
    gallery.cards.show(CardState(job=gallery.at(job, State.RUNNING)))
    await gallery.quiet()
    await deny(gallery)

    new = await gallery.posted()
    gallery.cards.show(CardState(job=gallery.at(new, State.RUNNING)))
    await gallery.quiet()

    assert [message for message, _, _ in gallery.edits] == [new.card_id]


async def test_a_missing_right_to_attach_bars_nothing_else(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """The card can still say why there is no audio on it."""
    job = await gallery.posted()
    await deny(gallery, "attach_files")
    with pytest.raises(MissingPermissions):
        await deliver(gallery, job, sounds)

    failure = Failure(code="missing_permissions", sentence="No right to attach.")
    end = CardState(job=gallery.at(job, State.UNDELIVERED, failure=failure))
    await gallery.through(gallery.cards.settle(end))

    (message,) = await gallery.messages()
    assert "No right to attach." in message["embeds"][0]["description"]


# -- Discord's words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, 0, DiscordUnavailable),
        (400, 50146, DiscordUnavailable),
        (403, 400001, DeliveryError),
        (403, 50007, DeliveryError),
        (403, 50278, DeliveryError),
        (400, 160002, MissingPermissions),
        (400, 50083, ThreadArchived),
    ],
)
async def test_discords_codes_mean_what_its_documents_say(
    gallery: Gallery, status: int, code: int, error: type[DeliveryError]
) -> None:
    """What may pass is told from what will not."""
    body = f'{{"message": "No", "code": {code}}}'
    gallery.town.faults.add(
        Fault(where="discord.message_create", what="status", status=status, body=body)
    )

    with pytest.raises(DeliveryError) as caught:
        await gallery.posted()

    assert type(caught.value) is error


async def test_who_cannot_be_replied_to_is_told_without_a_reply(gallery: Gallery) -> None:
    """Replying needs a permission that writing does not."""
    job = await gallery.posted()
    await deny(gallery, "read_message_history")

    await gallery.through(gallery.cards.ring(job))

    card, told = await gallery.messages()
    assert int(card["id"]) == job.card_id
    assert "<@7>" in told["content"]


# -- handing over ----------------------------------------------------------------------------------


def mine(gallery: Gallery, job: Job, sounds: tuple[Sound, ...]) -> CardState:
    """A finished piece of the person in front of the page."""
    me = UserId(int(gallery.town.discord.world.me.id))
    return CardState(job=gallery.at(job, State.DELIVERED, user_id=me), sounds=sounds)


async def direct(gallery: Gallery) -> list[dict[str, Any]]:
    """What that person was sent."""
    world = gallery.town.discord.world
    return await gallery.town.messages(world.direct_channel(world.me.id).id)


async def test_a_piece_is_handed_over_with_its_audio_and_the_reason(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """To whoever asked; doing it again after a crash sends nothing more."""
    job = await gallery.posted()
    for _ in range(2):
        await gallery.through(gallery.cards.hand_over(mine(gallery, job, sounds), "It is locked."))

    (message,) = await direct(gallery)
    assert "It is locked." in message["content"]
    assert [one["filename"] for one in message["attachments"]] == ["tune.mp3"]
    assert len(await gallery.messages()) == 1


async def test_who_takes_no_direct_messages_gets_none(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """That is their choice, and final."""
    job = await gallery.posted()
    body = '{"message": "Cannot send messages to this user", "code": 50007}'
    gallery.town.faults.add(
        Fault(where="discord.message_create", what="status", status=403, body=body)
    )

    with pytest.raises(DeliveryError) as caught:
        await gallery.through(gallery.cards.hand_over(mine(gallery, job, sounds), "Locked."))

    assert not isinstance(caught.value, DiscordUnavailable)


async def test_a_direct_message_takes_less_than_a_boosted_server(
    gallery: Gallery, tmp_path: Path
) -> None:
    """Then the word alone is sent."""
    job = await gallery.posted()
    huge = tmp_path / "huge.mp3"
    huge.write_bytes(bytes(11 * 2**20))
    sound = Sound(path=huge, file_name="huge.mp3", seconds=3)

    with pytest.raises(TooLarge):
        await gallery.through(gallery.cards.hand_over(mine(gallery, job, (sound,)), "Locked."))


async def test_an_upload_that_hangs_is_given_up_and_tried_again(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """Four minutes are enough for any file; then the connection is taken for dead."""
    job = await gallery.posted()
    await gallery.quiet()
    gallery.town.faults.add(Fault(where="discord.message_edit*", what="latency", seconds=600))
    state = CardState(job=gallery.at(job, State.DELIVERED), sounds=sounds)

    hanging = asyncio.ensure_future(gallery.cards.settle(state))
    while not gallery.town.faults.struck:  # noqa: ASYNC110 - faults have no event
        await asyncio.sleep(0.001)
    gallery.clock.advance(UPLOAD_SECONDS)
    with pytest.raises(DiscordUnavailable):
        await asyncio.wait_for(hanging, 5)
    gallery.clock.advance(600)

    assert await deliver(gallery, job, sounds) == job.card_id
