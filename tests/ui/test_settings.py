"""The pages of the settings: what they show, what fits, and what typing and choosing comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot import catalogue
from bot.domain.ids import ChannelId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.domain.money import Micros
from bot.errors import InvalidInput
from bot.jobs.choices import MOST_TIERS, NUMBERS, Above
from bot.store.guilds import GuildSettings, Tier
from bot.ui.settings import Control, HandedIn, Place, Section, Standing, controls, embed, form
from bot.ui.settings.embeds import value_of
from bot.ui.settings.forms import SHEETS, handed_in, read, words_of
from bot.ui.settings.model_rows import model_rows

LIMITS = {"user_per_hour": 30, "user_daily": 5_000_000}
ABOVE = Above(numbers=LIMITS | {"cheap": 50_000, "dear": 1_000_000}, ceilings=LIMITS)
NAMES = dict.fromkeys(range(1, MOST_TIERS + 1), "r" * 100)
BIG = 2**63 - 1

FULL = GuildSettings(
    guild_per_hour=100_000,
    user_per_hour=99,
    tiers={
        role: Tier(per_hour=99_999, at_once=99_999, daily=Micros(10**12), monthly=Micros(10**12))
        for role in NAMES
    },
    exempt_roles=frozenset(BIG - one for one in range(25)),
    blocked_users=frozenset(UserId(BIG - one) for one in range(500)),
    channels=frozenset(ChannelId(BIG - one) for one in range(25)),
    allowed_models=frozenset(one.about.endpoint for one in catalogue.all_models()[:3]),
    longest_seconds=90,
    cheap=Micros(1),
    dear=Micros(10**12),
    retention_days=36_500,
    blocked_words=tuple(f"*wörd_{number}*" for number in range(300)),
    audit_channel=ChannelId(BIG),
    models=dict.fromkeys(Kind, "gone/model"),
    format=AudioFormat.FLAC,
)


def standing(settings: GuildSettings = GuildSettings(), **more: Any) -> Standing:  # noqa: B008
    """What a page is drawn from."""
    details: dict[str, Any] = {"above": ABOVE, "role_names": NAMES, "channel_ids": frozenset()}
    return Standing(settings=settings, **details | more)


def parts(place: Place, state: Standing) -> list[dict[str, Any]]:
    """The buttons and menus under a page, as Discord gets them."""
    return [part for row in controls(place, state).to_components() for part in row["components"]]


@pytest.mark.parametrize("section", list(Section))
@pytest.mark.parametrize("settings", [GuildSettings(), FULL], ids=["nothing", "everything"])
def test_every_page_fits_into_a_message(section: Section, settings: GuildSettings) -> None:
    """However much is set (Discord docs, Embed Limits, and Component Reference)."""
    place = Place(section=section, role=1)
    state = standing(settings)
    page = embed(place, state)
    rows = controls(place, state).to_components()

    assert len(page) <= 6000
    assert len(page.description or "") <= 4096
    assert all(0 < len(field.value or "") <= 1024 for field in page.fields)
    assert len(rows) <= 5
    ids = [part["custom_id"] for part in parts(place, state)]
    assert len(set(ids)) == len(ids)
    assert all(len(one) <= 100 for one in ids)
    for part in parts(place, state):
        options = part.get("options", [])
        assert len(options) <= 25
        assert len(part.get("label", "")) <= 80
        for option in options:
            assert len(option["label"]) <= 100
            assert len(option.get("description") or "") <= 100
        if "options" in part:
            assert part["min_values"] <= part["max_values"] <= len(options)
            ticked = sum(bool(one.get("default")) for one in options)
            assert ticked <= part["max_values"]


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_every_form_fits_into_a_modal(name: str) -> None:
    """And can be told apart from one that was dismissed (Discord docs, Modal)."""
    role = 1 if name == "tier" else None
    made = form(name, standing(FULL), role=role, opened_by=BIG).to_dict()
    again = form(name, standing(FULL), role=role, opened_by=1).to_dict()

    assert len(made["title"]) <= 45
    assert len(made["custom_id"]) <= 100
    assert made["custom_id"] != again["custom_id"]
    assert 1 <= len(made["components"]) <= 5
    for row in made["components"]:
        field: dict[str, Any] = row["component"]
        assert len(row["label"]) <= 45
        assert len(field["custom_id"]) <= 100
        assert len(field.get("value") or "") <= field["max_length"]


def test_a_number_says_whose_it_is() -> None:
    """The server's own, the operator's, and the ceiling above."""

    def shown(**fields: Any) -> str:
        return value_of("user_per_hour", standing(GuildSettings(**fields)))

    assert shown() == "**30**\n-# the operator's value"
    assert shown(user_per_hour=10) == "**10**\n-# set here; the operator allows up to 30"
    assert shown(user_per_hour=99) == "**30**\n-# the operator allows no more; 99 is set here"
    assert "no limit" in value_of("longest_seconds", standing())
    assert "Minstrel's value" in value_of("dear", standing())


def field_of(section: Section, name: str, state: Standing) -> str:
    """What a page says under one name."""
    page = embed(Place(section=section), state)
    return next(field.value or "" for field in page.fields if field.name == name)


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_usual_model_is_the_one_that_requests_get(is_gone: bool) -> None:
    """One that was chosen here and can no longer be had serves nobody, whatever is set."""
    chosen = "fal-ai/lyria2"
    ours = catalogue.default(Kind.MUSIC).about.title
    market = catalogue.NO_NEWS.without(chosen) if is_gone else catalogue.NO_NEWS
    state = standing(GuildSettings(models={Kind.MUSIC: chosen}), market=market)

    said = field_of(Section.MODELS, "/music", state)
    overview = field_of(Section.OVERVIEW, "Models", state)

    if is_gone:
        assert said.startswith(f"{ours}\n")
        assert "Lyria 2 is chosen here and can no longer be had" in said
        assert f"/music uses {ours}." in overview
    else:
        assert said == "Lyria 2\n-# chosen here"
        assert "/music uses Lyria 2." in overview


def test_models_come_in_pages() -> None:
    """Each with its own menus; the buttons lead to the neighbours, and nothing is left out."""
    total = len(catalogue.models(Kind.MUSIC))
    seen: list[str] = []
    for page in range(-(-total // 5)):
        place = Place(section=Section.MODELS, page=page)
        rows = model_rows(standing(), place, length=5)
        allowed = rows[1][0]
        assert isinstance(allowed, discord.ui.Select)
        seen += [one.value for one in allowed.options]
        labels = [getattr(one, "label", None) for one in rows[-1]]
        assert ("Earlier models" in labels) is (page > 0)
        assert ("More models" in labels) is (page < -(-total // 5) - 1)

    assert seen == [one.about.endpoint for one in catalogue.models(Kind.MUSIC)]


def test_deleted_roles_and_channels_are_not_ticked() -> None:
    """Discord would refuse the page for them; the text still tells of them."""
    settings = GuildSettings(exempt_roles=frozenset({1, 99}), audit_channel=ChannelId(5))
    roles = parts(Place(section=Section.ROLES), standing(settings))
    audit = parts(Place(section=Section.MODERATION), standing(settings))

    exempt = next(one for one in roles if one["custom_id"].endswith("exempt"))
    assert [one["id"] for one in exempt["default_values"]] == [1]
    assert not any(one.get("default_values") for one in audit)


@pytest.mark.parametrize(
    "place", [Place(section=one) for one in Section], ids=lambda one: one.section
)
async def test_controls_are_rebuilt_from_what_stands_under_the_page(place: Place) -> None:
    """Another process reads all from the ids."""
    for part in controls(place, standing(FULL)).children:
        assert isinstance(part, Control)
        match = part.template.fullmatch(part.custom_id)
        assert match is not None

        again = await Control.from_custom_id(None, part.item, match)  # type: ignore[arg-type]

        assert (again.use, again.argument) == (part.use, part.argument)


TYPED = [
    ("cheap", "$2.50", 2_500_000),
    ("cheap", "2,50", 2_500_000),
    ("cheap", "2.5", 2_500_000),
    ("cheap", "2.50 $", 2_500_000),
    ("cheap", "2 USD", 2_000_000),
    ("cheap", "0,005", 5_000),
    ("cheap", "0", 0),
    ("cheap", "２．５", 2_500_000),
    ("cheap", "1,000", InvalidInput),
    ("cheap", "1.000", InvalidInput),
    ("cheap", "-1", InvalidInput),
    ("cheap", "a lot", InvalidInput),
    ("cheap", "1e9", InvalidInput),
    ("user_per_hour", " 10 ", 10),
    ("user_per_hour", "1,000", 1000),
    ("user_per_hour", "10.5", InvalidInput),
    ("user_per_hour", "9" * 30, InvalidInput),
    ("longest_seconds", "1:30", 90),
    ("longest_seconds", "90 s", 90),
    ("longest_seconds", "long", InvalidInput),
    ("retention_days", "30 days", 30),
    ("retention_days", "a month", InvalidInput),
    ("retention_days", "", None),
]


@pytest.mark.parametrize(("name", "text", "expected"), TYPED)
def test_numbers_are_read_as_people_write_them(name: str, text: str, expected: Any) -> None:
    """And what could mean two amounts is not guessed at."""
    if expected is InvalidInput:
        with pytest.raises(InvalidInput, match=NUMBERS[name].label):
            read(NUMBERS[name], text)
    else:
        assert read(NUMBERS[name], text) == expected


def test_fields_that_were_not_touched_change_nothing() -> None:
    """Somebody else may have changed them while the form was open."""
    sent = HandedIn(
        name="limits", role=None, texts={"user_per_hour=30": "30", "guild_at_once=5": ""}
    )
    meanwhile = GuildSettings(user_per_hour=7, guild_at_once=6, user_at_once=2)

    assert sent.change()(meanwhile) == replace(meanwhile, guild_at_once=None)


def test_a_list_of_words_that_changed_meanwhile_is_not_overwritten() -> None:
    """Whoever wrote it looks again, unless both came to the same."""
    before = GuildSettings(blocked_words=("darn",))
    opened = form("words", standing(before), opened_by=1).to_dict()
    row: Any = opened["components"][0]
    sent = HandedIn(name="words", role=None, texts={row["component"]["custom_id"]: "darn\nheck"})

    assert sent.change()(before).blocked_words == ("darn", "heck")
    with pytest.raises(InvalidInput, match="Somebody else"):
        sent.change()(GuildSettings(blocked_words=("other",)))
    same = GuildSettings(blocked_words=("darn", "heck"))
    assert sent.change()(same) is same


def test_words_are_listed_once_each() -> None:
    """One per line or between commas, however they are spaced."""
    assert words_of(" Darn \nheck,  oh   my\n\nDARN,") == ("Darn", "heck", "oh my")


def test_a_role_without_numbers_of_its_own_is_no_exception_any_more() -> None:
    """Emptying the form is the way back."""
    settings = GuildSettings(tiers={7: Tier(per_hour=3)})
    sent = HandedIn(name="tier", role=7, texts={"per_hour=3": "", "at_once=": ""})

    assert sent.change()(settings) == GuildSettings()


@pytest.mark.parametrize(
    "custom_id",
    ["x", "minstrel-settings-form:limits", "minstrel-settings-form:none::1", "minstrel-form:a::1"],
)
def test_forms_of_others_are_left_alone(custom_id: str) -> None:
    """Every form that is handed in comes by here."""
    interaction: Any = type("Interaction", (), {})()
    interaction.type = discord.InteractionType.modal_submit
    interaction.data = {"custom_id": custom_id, "components": []}

    assert handed_in(interaction) is None
