"""The page in a real browser, with a scripted far end behind it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import FilePayload, expect

from tests.sandbox.web.conftest import Room
from tests.sandbox.web.far_end import MIRA, YOU

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_newcomer_sees_what_to_do_and_one_click_fills_it_in(room: Room) -> None:
    """An empty channel says how to begin, and a chip is a command that only needs Enter."""
    await room.enter()

    await expect(room.page.get_by_role("heading", name="Type / to make music")).to_be_visible()
    await expect(room.page.locator("#banner")).to_contain_text("FAL_KEY")
    await room.page.get_by_role("button", name="lo-fi rain").click()
    await room.page.keyboard.press("Enter")

    ran = await room.far.asked_for("run")
    assert ran["id"] == "900"
    assert ran["options"] == [{"name": "prompt", "type": 3, "value": "lo-fi rain on a tavern roof"}]


async def test_command_is_made_with_the_keyboard_alone(room: Room) -> None:
    """Slash, filter, Enter, text, Tab to the optional ones, arrows through the choices, Enter."""
    await room.enter()
    keyboard = room.page.keyboard

    await keyboard.type("/mu")
    await expect(room.page.get_by_test_id("command-list").get_by_role("option")).to_have_count(1)
    await keyboard.press("Enter")
    await keyboard.type("rain: slow, 60 bpm")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await keyboard.type("30")
    await keyboard.press("Tab")
    await keyboard.press("ArrowRight")
    await keyboard.press("Enter")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(room.page.get_by_test_id("option-input-format")).to_have_value("WAV")
    await keyboard.press("Enter")

    ran = await room.far.asked_for("run")
    assert {one["name"]: one["value"] for one in ran["options"]} == {
        "prompt": "rain: slow, 60 bpm",
        "duration": 30,
        "format": "wav",
    }
    await expect(room.page.get_by_test_id("composer")).to_be_focused()


@pytest.mark.parametrize("at_once", [True, False])
async def test_command_typed_as_plain_text_is_taken_apart(room: Room, at_once: bool) -> None:
    """Option names followed by a colon become options, pasted or typed."""
    await room.enter()
    text = "/music prompt: lo-fi rain duration: 30"

    if at_once:
        await room.page.get_by_test_id("composer").fill(text)
    else:
        await room.page.keyboard.type(text)
    await room.page.get_by_test_id("send").click()

    ran = await room.far.asked_for("run")
    assert {one["name"]: one["value"] for one in ran["options"]} == {
        "prompt": "lo-fi rain",
        "duration": 30,
    }


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("duration", "3", "from 5 to 190"),
        ("duration", "long", "whole number"),
        ("format", "midi", "Choose one from the list"),
        ("prompt", "", "required"),
        ("prompt", "ab", "at least 3 characters"),
    ],
)
async def test_wrong_values_are_refused_before_anything_is_sent(
    room: Room, option: str, value: str, said: str
) -> None:
    """The mistake is named at the option, in words, and the bot hears nothing."""
    await room.enter()
    await room.page.get_by_test_id("composer").fill("/music prompt: a fine tune")
    if option != "prompt":
        await room.page.get_by_test_id(f"add-option-{option}").click()

    await room.page.get_by_test_id(f"option-input-{option}").fill(value)
    await room.page.get_by_test_id("send").click()

    await expect(room.page.get_by_test_id("option-error")).to_contain_text(said)
    await expect(room.page.get_by_test_id(f"option-input-{option}")).to_be_focused()
    assert not [what for what, _ in room.far.asked if what == "run"]


async def test_autocomplete_offers_and_does_not_impose(room: Room) -> None:
    """A proposal that is picked sends its value; text that is not picked is sent as typed."""
    await room.enter()
    await room.page.get_by_test_id("composer").fill("/music prompt: a tune model: sta")
    await room.page.get_by_role("option", name="Stable Audio").click()
    await room.page.keyboard.press("Enter")
    first = await room.far.asked_for("run")

    await room.page.get_by_test_id("composer").fill("/music prompt: a tune model: fal-ai/other")
    await room.page.get_by_role("option", name="Stable Audio").wait_for()
    await room.page.keyboard.press("Enter")
    second = await room.far.asked_for("run", count=2)

    asked = await room.far.asked_for("autocomplete")
    assert asked["options"][-1] == {"name": "model", "type": 3, "value": "sta", "focused": True}
    assert first["options"][-1]["value"] == "fal-ai/stable-audio-25"
    assert second["options"][-1]["value"] == "fal-ai/other"


async def test_subcommand_and_file_travel_in_discords_shape(room: Room) -> None:
    """Subcommands nest their options, and a file goes up under the name of its option."""
    await room.enter()
    await room.page.get_by_test_id("composer").fill("/settings limit count: 7")
    await room.page.keyboard.press("Enter")
    nested = await room.far.asked_for("run")

    await room.page.get_by_test_id("composer").fill("/remix ")
    tune: FilePayload = {"name": "tune.mp3", "mimeType": "audio/mpeg", "buffer": b"12345"}
    await room.page.get_by_test_id("option-input-file").set_input_files(tune)
    await room.page.get_by_test_id("send").click()
    upload = await room.far.asked_for("run", count=2)

    inner = [{"name": "count", "type": 4, "value": 7}]
    assert nested["options"] == [{"name": "limit", "type": 1, "options": inner}]
    assert upload["files"] == {"files[file]": ("tune.mp3", 5)}


async def test_silent_bot_is_called_silent(room: Room) -> None:
    """A command that nobody acknowledged says so, and what to do, where it was given."""
    room.far.status = "failed"
    await room.enter()

    await room.page.get_by_test_id("composer").fill("/sfx prompt: a door")
    await room.page.keyboard.press("Enter")

    pending = room.page.get_by_test_id("pending")
    await expect(pending).to_contain_text("did not respond")
    await expect(pending).to_contain_text("Try again")


async def test_offline_bot_is_shown_offline(room: Room) -> None:
    """The dot, and a line over the composer, change as the bot comes and goes."""
    await room.enter()

    await room.far.tell({"type": "bot", "online": False})
    await expect(room.page.get_by_test_id("bot-state")).to_have_text("Minstrel is offline")
    await expect(room.page.locator("#notice")).to_contain_text("Nothing will answer")

    await room.far.tell({"type": "bot", "online": True})
    await expect(room.page.locator("#notice")).to_be_hidden()


async def test_music_plays_on_while_its_message_is_edited(room: Room) -> None:
    """An edit with fresh signed addresses changes the words and leaves the player alone."""
    await room.enter()
    file = room.far.attachment("tone.wav")
    card = await room.far.post(room.far.message("first", id="4000", attachments=[file]))
    message = room.page.get_by_test_id("message-4000")
    audio = room.page.get_by_test_id("audio-700")
    await message.get_by_role("button", name="Play").click()
    await expect(message.locator(".player-time")).to_contain_text("0:01")
    await audio.evaluate("node => { node.wasHere = true; }")

    fresh = room.far.attachment("tone.wav")
    edited = {"content": "second", "attachments": [fresh], "edited_timestamp": card["timestamp"]}
    await room.far.post({**card, **edited})

    await expect(message).to_contain_text("second")
    await expect(message).to_contain_text("(edited)")
    state = await audio.evaluate("node => [node.wasHere, node.paused, node.currentTime >= 1]")
    assert state == [True, False, True]


async def test_markup_in_messages_stays_text(room: Room) -> None:
    """Nothing that is written can become an element, an attribute or a script of the page."""
    await room.enter()
    evil = (
        "<script>window.pwned=1</script> <img src=x onerror='window.pwned=1'> "
        "**<b onclick=1>x</b>** [click](javascript:window.pwned=1) `<i>` ||<u>s</u>||\n"
        "```html\n<iframe src='javascript:window.pwned=1'></iframe>\n```"
    )
    embed = {"title": evil, "description": evil, "url": "javascript:window.pwned=1"}
    fields = [{"name": evil, "value": evil, "inline": True}]
    footer, image = {"text": evil}, {"url": "javascript:window.pwned=1"}
    await room.far.post(
        room.far.message(
            evil, id="4000", embeds=[{**embed, "fields": fields, "footer": footer, "image": image}]
        )
    )

    message = room.page.get_by_test_id("message-4000")
    await expect(message).to_contain_text("<script>window.pwned=1</script>")
    assert await message.locator("script, img, iframe, b, i, [onclick], [onerror]").count() == 0
    assert await message.locator("a").count() == 0
    assert await room.page.evaluate("window.pwned") is None


async def test_markdown_looks_as_on_discord(room: Room) -> None:
    """Every mark becomes its element, and marks inside code do not."""
    await room.enter()
    text = (
        "# Big\n**b** *i* __u__ ~~s~~ `c **d**` ||h|| <@101> <#301> </music:900>\n> q\n- one\n"
        "1. two\n<t:1000000000:R> \\*plain\\* [site](https://example.org/a_b_c)"
    )
    await room.far.post(room.far.message(text, id="4000"))

    content = room.page.get_by_test_id("message-4000").locator(".content")
    found = await content.evaluate(
        "node => Object.fromEntries(['.heading-1','strong','em','u','s','code','blockquote',"
        "'ul','ol','time','a','.spoiler-text'].map(one => "
        "[one, [...node.querySelectorAll(one)].map(n => n.textContent).join('|')]))"
    )
    assert found.pop("time").endswith("years ago")
    assert found == {
        ".heading-1": "Big",
        "strong": "b",
        "em": "i",
        "u": "u",
        "s": "s",
        "code": "c **d**",
        "blockquote": "q",
        "ul": "one",
        "ol": "two",
        "a": "site",
        ".spoiler-text": "h",
    }
    mentions = await content.locator(".mention").all_text_contents()
    assert mentions == ["@Mira Vale", "#workshop", "/music"]
    await expect(content).to_contain_text("*plain*")


async def test_picture_of_an_embed_is_shown_once(room: Room) -> None:
    """What an embed shows by attachment:// is no file of its own beneath it."""
    await room.enter()
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    room.far.files["wave.svg"] = (picture, "image/svg+xml")
    files = [room.far.attachment("tone.wav"), room.far.attachment("wave.svg", "701")]
    embed = {"title": "Done", "image": {"url": "attachment://wave.svg"}}
    await room.far.post(room.far.message(id="4000", embeds=[embed], attachments=files))

    message = room.page.get_by_test_id("message-4000")
    await expect(message.locator("img")).to_have_count(1)
    player = await message.locator(".player").bounding_box()
    shown = await message.locator(".embed img").bounding_box()
    assert player is not None
    assert shown is not None
    assert player["y"] < shown["y"]


async def test_form_is_checked_and_sent_with_every_kind_of_field(room: Room) -> None:
    """A modal says what is missing, and sends each field in the shape of its kind."""

    def labelled(label: str, **component: object) -> dict[str, object]:
        return {"type": 18, "label": label, "component": component}

    options = [{"label": "Fast", "value": "f"}, {"label": "Slow", "value": "s"}]
    lyrics = {"style": 2, "min_length": 5, "max_length": 40}
    room.far.modal = {
        "title": "Write a song",
        "custom_id": "song",
        "components": [
            {"type": 10, "content": "**Lyrics** make the song."},
            labelled("Lyrics", type=4, custom_id="lyrics", **lyrics),
            labelled("Pace", type=21, custom_id="pace", options=options),
            labelled("Parts", type=22, custom_id="parts", options=options, required=False),
            labelled("Model", type=3, custom_id="model", options=options, required=False),
            labelled("Keep it private", type=23, custom_id="private"),
            labelled("Voice", type=19, custom_id="voice", required=False),
        ],
    }
    await room.enter()
    await room.page.get_by_test_id("composer").fill("/sfx prompt: a song")
    await room.page.keyboard.press("Enter")
    modal = room.page.get_by_test_id("modal")
    await expect(modal.get_by_role("heading", name="Write a song")).to_be_visible()

    await modal.get_by_label("Lyrics").fill("la")
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal).to_contain_text("at least 5 characters")
    await expect(modal).to_contain_text("This is required.")

    await modal.get_by_label("Lyrics").fill("la la la")
    await modal.get_by_label("Slow").first.check()
    await modal.get_by_role("combobox", name="Model").click()
    await modal.get_by_role("option", name="Fast").click()
    await modal.get_by_label("Keep it private").check()
    sound: FilePayload = {"name": "me.wav", "mimeType": "audio/wav", "buffer": b"123"}
    await modal.get_by_test_id("field-voice").set_input_files(sound)
    await modal.get_by_role("button", name="Submit").click()

    sent = await room.far.asked_for("submit")
    await expect(modal).to_be_hidden()
    assert {
        one["custom_id"]: one.get("value", one.get("values")) for one in sent["components"]
    } == {
        "lyrics": "la la la",
        "pace": "s",
        "parts": [],
        "model": ["f"],
        "private": True,
        "voice": ["me.wav"],
    }
    assert sent["files"] == {"files[voice]": ("me.wav", 3)}


async def test_buttons_and_menus_report_what_was_pressed(room: Room) -> None:
    """A click names the message and the part; a bot that does not answer is said so there."""
    await room.enter()
    choose = {"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}]}
    again = {"type": 2, "style": 1, "label": "Again", "custom_id": "again:1"}
    rows = [{"type": 1, "components": [again]}, {"type": 1, "components": [choose]}]
    await room.far.post(room.far.message("card", id="4000", components=rows))

    await room.page.get_by_role("button", name="Again").click()
    pressed = await room.far.asked_for("press")
    await room.page.get_by_test_id("select-pick").click()
    await room.page.get_by_role("option", name="A").click()
    chosen = await room.far.asked_for("press", count=2)
    room.far.status = "failed"
    await room.page.get_by_role("button", name="Again").click()

    assert (pressed["message_id"], pressed["custom_id"]) == ("4000", "again:1")
    assert chosen["values"] == ["a"]
    await expect(room.page.get_by_test_id("message-4000")).to_contain_text("interaction failed")


async def test_reply_carries_the_message_and_the_ping(room: Room) -> None:
    """Reply quotes the message; the switch decides whether the bot may read the words."""
    await room.enter()
    await room.far.post(room.far.message("a finished piece", id="4000"))
    await room.page.get_by_test_id("message-4000").click(button="right", position={"x": 90, "y": 9})
    await expect(room.page.get_by_role("menuitem", name="Remix this")).to_be_visible()
    await room.page.get_by_role("menuitem", name="Reply").click()

    await room.page.get_by_test_id("ping").click()
    await room.page.get_by_test_id("composer").fill("slower, please")
    await room.page.keyboard.press("Enter")

    sent = await room.far.asked_for("send")
    assert sent == {"content": "slower, please", "reply_to": "4000", "ping": False}
    await expect(room.page.locator("button.quote")).to_contain_text("a finished piece")


async def test_message_command_and_delete_are_in_the_menu(room: Room) -> None:
    """The menu runs the bot's message commands on that message, and deletes it."""
    await room.enter()
    await room.far.post(room.far.message("a piece", id="4000"))
    message = room.page.get_by_test_id("message-4000")

    await message.focus()
    await room.page.keyboard.press("Enter")
    await room.page.get_by_role("menuitem", name="Remix this").click()
    ran = await room.far.asked_for("run")
    await message.focus()
    await room.page.keyboard.press("Enter")
    await room.page.get_by_role("menuitem", name="Delete message").click()

    assert (ran["id"], ran["target_id"]) == ("904", "4000")
    await expect(message).to_have_count(0)


async def test_private_words_look_private_and_can_be_dismissed(room: Room) -> None:
    """An ephemeral message says who sees it, and stays away once dismissed, reload or not."""
    await room.far.post(room.far.message("just for you", id="4000", flags=64))
    await room.enter()
    message = room.page.get_by_test_id("message-4000")
    await expect(message).to_contain_text("Only you can see this")

    await message.get_by_role("button", name="Dismiss").click()
    await expect(message).to_have_count(0)
    await room.enter()

    await expect(message).to_have_count(0)


async def test_thinking_turns_into_the_answer(room: Room) -> None:
    """A deferred answer is shown as thinking until it is edited."""
    await room.enter()
    message = await room.far.post(room.far.message(id="4000", flags=128, type=20))
    node = room.page.get_by_test_id("message-4000")
    await expect(node).to_contain_text("Minstrel is thinking…")

    await room.far.post({**message, "content": "Here it is.", "flags": 0})

    await expect(node).to_contain_text("Here it is.")
    await expect(node).not_to_contain_text("thinking")


async def test_stream_that_was_cut_is_opened_again_and_nothing_is_missed(room: Room) -> None:
    """What happened while the stream was down is there afterwards: new, changed and deleted."""
    await room.enter()
    await room.far.post(room.far.message("stays", id="4000"))
    await room.far.post(room.far.message("goes", id="4001"))
    await expect(room.page.get_by_test_id("message-4001")).to_be_visible()

    await room.far.cut()
    room.far.messages = [{**room.far.messages[0], "content": "changed"}]
    room.far.messages.append(room.far.message("new", id="4002"))

    await expect(room.page.get_by_test_id("message-4002")).to_contain_text("new")
    await expect(room.page.get_by_test_id("message-4000")).to_contain_text("changed")
    await expect(room.page.get_by_test_id("message-4001")).to_have_count(0)


async def test_slow_list_does_not_undo_what_came_meanwhile(room: Room) -> None:
    """A list that was asked for before an event and arrives after it loses nothing of the event."""
    await room.far.post(room.far.message("old words", id="4000"))
    await room.enter()
    await expect(room.page.get_by_test_id("message-4000")).to_be_visible()
    room.far.slow = asyncio.Event()
    await room.far.cut()
    await room.far.asked_for("list")
    await room.far.heard()

    await room.far.post({**room.far.messages[0], "content": "new words"})
    await room.far.post(room.far.message("another", id="4001"))
    await expect(room.page.get_by_test_id("message-4001")).to_be_visible()
    async with room.page.expect_response("**/messages?*"):
        room.far.slow.set()

    await expect(room.page.get_by_test_id("message-4000")).to_contain_text("new words")
    await expect(room.page.get_by_test_id("message-4001")).to_be_visible()


async def test_person_who_is_not_there_becomes_oneself(room: Room) -> None:
    """An address from an earlier sandbox, with ids that are gone, still opens the page."""
    await room.enter("?as=999")

    await expect(room.page.get_by_test_id("act-as")).to_contain_text("You")
    assert "as=" not in room.page.url
    assert any("404" in one for one in room.complaints)
    room.complaints.clear()


async def test_one_can_act_as_somebody_else(room: Room) -> None:
    """The switch starts the page over as that person."""
    await room.enter()

    await room.page.get_by_test_id("act-as").click()
    await room.page.get_by_role("menuitemradio", name=MIRA["global_name"]).click()

    await expect(room.page).to_have_url(f"{room.far.base_url}/?as={MIRA['id']}#300")
    await expect(room.page.get_by_test_id("act-as")).to_contain_text(MIRA["global_name"])
    assert YOU["id"] != MIRA["id"]


async def test_backstage_sets_trouble_and_locks_the_account(room: Room) -> None:
    """The drawer speaks to the control API, and shows what is set."""
    await room.enter()
    await room.page.get_by_test_id("backstage").click()

    await room.page.get_by_role("button", name="its answer is lost").click()
    await room.page.get_by_test_id("lock-account").click()

    assert await room.far.asked_for("control/faults") == {
        "where": "fal.submit",
        "what": "drop_after",
    }
    assert await room.far.asked_for("control/fal") == {"locked": True}
    drawer = room.page.get_by_role("complementary", name="Backstage")
    await expect(drawer).to_contain_text("do it, then hang up")
    await expect(room.page.get_by_test_id("lock-account")).to_contain_text("Unlock")


async def test_backstage_turns_the_other_providers_where_they_are(room: Room) -> None:
    """Each is behind a line that says how much it was used; one that is not there is not shown."""
    room.far.control["novakit"] = {
        "counts": {"submits": 2, "accepted": 2, "pending": 0, "processing": 1, "completed": 1},
        "settings": {"queue_seconds": 1.0, "run_seconds": 4.0, "tracks": 78.0, "sync": False},
    }
    await room.enter()
    await room.page.get_by_test_id("backstage").click()
    house = room.page.get_by_test_id("house-novakit")
    plan = room.page.get_by_test_id("use-up-novakit")
    await expect(house).to_contain_text("NovaKit · 2 orders")
    await expect(plan).to_be_hidden()
    await expect(room.page.get_by_test_id("house-nur")).to_be_hidden()

    await house.locator("summary").click()
    await expect(house.locator(".figures")).to_contain_text(
        "0, 1in line, in work78left of the plan"
    )
    await expect(house.get_by_role("button", name="usual")).to_have_attribute(
        "aria-pressed", "true"
    )
    await plan.click()
    await expect(plan).to_contain_text("Begin a new month")
    await expect(house.locator(".figure.bad")).to_contain_text("0")
    await house.get_by_role("button", name="its answer is lost").click()

    assert await room.far.asked_for("control/novakit") == {"tracks": 0}
    assert await room.far.asked_for("control/faults") == {
        "where": "novakit.submit",
        "what": "drop_after",
    }


async def test_backstage_has_nothing_of_providers_that_are_not_there(room: Room) -> None:
    """Not even a heading."""
    await room.enter()
    await room.page.get_by_test_id("backstage").click()

    await expect(room.page.get_by_role("heading", name="Its line to Discord")).to_be_visible()
    await expect(room.page.get_by_role("heading", name="Other providers")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_is_wider_than_the_window(room: Room, width: int) -> None:
    """The page fits a telephone: no sideways scrolling, and the composer is within reach."""
    await room.page.set_viewport_size({"width": width, "height": 700})
    long = "w" * 300
    embed = {"title": long, "fields": [{"name": long, "value": long, "inline": True}] * 3}
    file = room.far.attachment("tone.wav")
    await room.far.post(room.far.message(long, embeds=[embed], attachments=[file]))
    await room.enter()

    sizes = await room.page.evaluate(
        "[document.documentElement.scrollWidth, document.getElementById('scroller').scrollWidth"
        " - document.getElementById('scroller').clientWidth]"
    )
    assert sizes == [width, 0]
    await expect(room.page.get_by_test_id("composer")).to_be_in_viewport()
