"""Words in any script, typed in any way, find the same pieces in the history and while typing."""

from __future__ import annotations

import pytest

from bot.domain.viewer import Viewer
from bot.store import Database, history
from bot.store.browsing import Wanted, browse
from tests.store.builders import CHANNEL, GUILD, USER
from tests.store.pieces import named, put

ME = Viewer(user_id=USER, channels=None)
OTHER_PROMPT = "something else 别的 อื่น آخر אחר 🥁"


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        # Chinese, Japanese, Korean: one, two and three characters, in the middle of a sentence.
        ("一首钢琴曲，下雨天", "雨"),
        ("一首钢琴曲，下雨天", "钢琴"),
        ("一首钢琴曲，下雨天", "下雨天"),
        ("夏の歌を作って", "歌"),
        ("カタカナのうた", "のうた"),
        ("피아노로 연주해줘", "아노"),
        ("𠮷野家の歌", "𠮷"),
        # Thai, Lao, Khmer, Burmese write words without spaces, with vowels above and below.
        ("เพลงเศร้าวันฝนตก", "ฝนตก"),
        ("เพลงเศร้าวันฝนตก", "เศร้า"),
        ("เพลงปีใหม่", "ปี"),
        ("ເພງລາວມ່ວນ", "ລາວ"),
        ("ភ្លេងខ្មែរ", "ខ្មែរ"),
        ("မြန်မာသီချင်း", "သီချင်း"),
        # Arabic and Hebrew, with and without vowels, and as people spell them.
        ("مُوسِيقَى حَزِينَة", "موسيقى"),
        ("موسيقى حزينة", "مُوسِيقَى"),
        ("أغنية عن المطر", "اغنية"),
        ("جميـــل جدا", "جميل"),
        ("שָׁלוֹם עֲלֵיכֶם", "שלום"),
        ("שלום עליכם", "עליכם שלום"),
        # Indic scripts, Greek, Cyrillic, Vietnamese.
        ("शांत संगीत", "संगीत"),
        ("Ήρεμη μουσική", "ηρεμη"),
        ("Тихая ёлка", "елка"),
        ("nhạc buồn", "nhac buon"),
        # Accents, case, width, and beginnings of the last word.
        ("Épopée façon Satie", "EPOPEE facon"),
        ("Straße bei Nacht", "straße"),
        ("ｌｏｆｉ ｂｅａｔ", "lofi bea"),
        # Emoji, whatever their colour and style.
        ("party 🎉 with friends", "🎉"),
        ("clap 👏🏽 clap", "👏"),
        ("sunny ☀️ day", "☀"),
        ("🎷jazz", "jazz 🎷"),
        # What looks like a query is words.
        ('say "hello" AND (wave*)', '"hello" AND'),
        ("rock-n-roll: it's alive", "rock-n-roll"),
        ("C# minor & friends", "minor & friends"),
        ("Soft piano, rain", "RAIN soft"),
        ("Soft piano, rain", "pia"),
        ("80s synth-wave (loud!)", "synth-wave"),
        ("一首钢琴曲，下雨天", "钢琴 下雨"),
        ("カタカナのうた", "カタ"),
        ("jazz 钢琴 mix", "jazz钢琴"),
        ("say NOT or AND now", "not AND"),
    ],
)
async def test_it_is_found_in_the_history_and_while_typing(
    db: Database, prompt: str, text: str
) -> None:
    """All ways lead to the same one piece."""
    await put(db, 1, prompt)
    await put(db, 2, OTHER_PROMPT)

    assert await _history(db, text) == [1]
    assert await named(db, text) == [1], "where it is not among the nearest ones"
    assert await _typed(db, text) == [1]
    assert await _typed(db, text, recent=1) == [1], "where it is not among the recent ones"


@pytest.mark.parametrize(
    "text",
    [
        '"', "''", "*", "a*b*", 'x" OR "1"="1', "NEAR(rain piano, 2)", "guild:g100", "words : rain",
        "{guild words} : x", "^rain2", "-rain2", "rain NOT", "(", "AND", "rain2 OR", "\\", "%", "_",
        "'; DROP TABLE jobs; --", "\x00", "\ud800", "\u202e", "🏳️‍🌈🏴‍☠️", "ๆ", "ـ", "ּ", "&|!:*'",
        "!" * 5000, "雨" * 2000, "'a' <-> 'b'", "\\'",
    ],
)  # fmt: skip
async def test_nothing_that_is_typed_breaks_the_search(db: Database, text: str) -> None:
    """It finds nothing, and says so by an empty page."""
    await put(db, 1, "piano in the evening")

    assert await _history(db, text) == []
    assert await _typed(db, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "琴钢",
        "piano drums",
        "ano",
        "",
        "   ",
        "!?*",
        '"',
        'piano -rain*"',
        'piano" OR "x',
        "guild:g100",
        "words:drums",
        "NEAR(drums, 2)",
        "^drums",
        "piano NOT rain",
        "\x00",
        "x" * 3_000,
        "drums " * 500,
    ],
)
async def test_what_was_not_typed_is_not_found(db: Database, text: str) -> None:
    """Operators are words like any others, and a long text is as good as a short one."""
    await put(db, 1, "一首钢琴曲 piano")

    assert await _history(db, text) == []


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("ป่าใหญ่", "ปี"),
        ("琴钢", "钢琴"),
        ("evening", "ning"),
        ("🎹", "🎷"),
        ("สวย", "วส"),
    ],
)
async def test_other_words_are_not_found(db: Database, prompt: str, text: str) -> None:
    """Order counts within a word of a script without spaces; so do vowels."""
    await put(db, 1, prompt)

    assert await _history(db, text) == []


async def test_songs_are_found_by_their_words(db: Database) -> None:
    """What was typed beside the title is looked through, and shown nowhere."""
    options = {
        "title": "Lullaby",
        "style": "folk, harp",
        "lyrics": "[verse]\n月が出た\nsilver tide",
    }
    await put(db, 1, "Lullaby", options=options)
    await put(db, 2, "Lullaby", options={"title": "Lullaby"})

    for text in ("harp", "月が出た", "silver tid", "lullaby silver"):
        assert await _history(db, text) == [1], text
        assert await _typed(db, text) == [1], text


async def test_only_what_a_member_may_see_is_offered_while_typing(db: Database) -> None:
    """By words, among recent pieces and older ones, without any words, and by id."""
    await put(db, 1, "rain in the dark", user=5, channel=999)
    await put(db, 2, "rain in the open", user=5)
    await put(db, 3, "rain of mine", channel=999)
    me = Viewer(user_id=USER, channels=frozenset({CHANNEL}))

    for typed, recent, expected in (
        ("rain", 400, [3, 2]),
        ("rain", 1, [3, 2]),
        ("", 400, [3, 2]),
        ("1", 400, []),
        ("2", 400, [2]),
    ):
        found = await db.read(history.suggest_sources, GUILD, typed, viewer=me, recent=recent)
        assert [one.id for one in found] == expected, typed


async def _history(db: Database, text: str) -> list[int]:
    page = await db.read(browse, Wanted(guild_id=GUILD, text=text), ME)
    return [entry.job.id for entry in page.entries]


async def _typed(db: Database, text: str, *, recent: int = history.RECENT) -> list[int]:
    found = await db.read(history.suggest_sources, GUILD, text, recent=recent)
    return [one.id for one in found]
