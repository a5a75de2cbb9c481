"""The work on one file, done in the test's own process; `test_workshop` does it in children."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile

from bot.audio.bench import work
from bot.audio.fit import Fit, Fitted, Probe, Tags
from bot.audio.tasks import FitTask, ProbeTask
from bot.domain.job import AudioFormat
from bot.errors import AudioError
from tests.audio.sounds import claim_frames, music, wav_header, write_file

MIB = 1024 * 1024
TAGS = Tags(
    title="雨の音, à la Satie",
    artist="Stable Audio 🎧",
    comment="Prompt: rain\nSeed: 7",
    url="https://example.org/job/1",
)
ENDINGS = ["wav", "flac", "ogg", "mp3"]


def fit(source: Path, kind: AudioFormat, limit_bytes: int = 10 * MIB, **more: Any) -> Fitted:
    """Make a file fit, in a folder beside it."""
    wanted = Fit(format=kind, limit_bytes=limit_bytes, tags=TAGS, **more)
    into = source.parent / f"out-{kind}-{limit_bytes}"
    made = work(FitTask(source=source, into=into, fit=wanted))
    assert isinstance(made, Fitted)
    assert made.size == made.path.stat().st_size <= wanted.ceiling
    return made


def probe(source: Path, max_seconds: float = 900) -> Probe:
    """Say what a file is."""
    found = work(ProbeTask(source=source, max_seconds=max_seconds))
    assert isinstance(found, Probe)
    return found


def failure(source: Path, *, max_seconds: float = 900) -> AudioError:
    """Give the error that both kinds of work must agree on."""
    with pytest.raises(AudioError) as probing:
        probe(source, max_seconds)
    wanted = Fit(format=AudioFormat.MP3, limit_bytes=10 * MIB, max_seconds=max_seconds)
    task = FitTask(source=source, into=source.parent / "out", fit=wanted)
    with pytest.raises(AudioError) as fitting:
        work(task)
    assert probing.value.code == fitting.value.code
    return fitting.value


@pytest.mark.parametrize("wanted", list(AudioFormat))
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_becomes_every_other(tmp_path: Path, ending: str, wanted: AudioFormat) -> None:
    """What comes out is the wanted format, as long as what went in, and carries its tags."""
    source = write_file(tmp_path / f"in.{ending}", music(1.5, rate=48_000), rate=48_000)

    made = fit(source, wanted)

    assert made.path.suffix == f".{wanted}"
    assert made.ending == wanted
    assert made.note is None
    assert made.seconds == pytest.approx(1.5, abs=0.06)
    assert soundfile.info(made.path).duration == pytest.approx(1.5, abs=0.2)
    assert 0.3 < made.peak <= 1
    assert made.waveform is not None
    assert made.waveform.read_bytes().startswith(b"\x89PNG")
    tags = mutagen.File(made.path, easy=wanted is AudioFormat.MP3)
    assert TAGS.title in str(tags.get("title") or tags.get("TIT2"))
    assert TAGS.artist in str(tags.get("artist") or tags.get("TPE1"))


def test_mp3_says_how_long_it_is_and_at_which_bitrate(tmp_path: Path) -> None:
    """Players show the true length, since the bitrate is constant."""
    source = write_file(tmp_path / "in.wav", music(3))

    made = fit(source, AudioFormat.MP3)

    info = mutagen.File(made.path).info
    assert (info.bitrate, made.kbps, info.sample_rate) == (256_000, 256, 44_100)
    assert info.length == pytest.approx(3, abs=0.06)
    comments = [str(frame) for frame in mutagen.File(made.path).tags.getall("COMM")]
    assert comments == [TAGS.comment]


def test_file_in_the_wanted_format_is_not_encoded_again(tmp_path: Path) -> None:
    """Only the tags change: the sound is the same to the last sample."""
    source = write_file(tmp_path / "in.mp3", music(2), kbps=96)

    made = fit(source, AudioFormat.MP3)

    before, _ = soundfile.read(source)
    after, _ = soundfile.read(made.path)
    assert np.array_equal(before, after)
    assert made.kbps == 96
    assert made.note is None


def test_sixteen_bit_audio_keeps_every_sample_as_flac(tmp_path: Path) -> None:
    """Lossless is lossless."""
    source = write_file(tmp_path / "in.wav", music(1))

    made = fit(source, AudioFormat.FLAC)

    before, _ = soundfile.read(source, dtype="int16")
    after, _ = soundfile.read(made.path, dtype="int16")
    assert np.array_equal(before, after)


def test_vorbis_is_not_handed_out_as_ogg(tmp_path: Path) -> None:
    """Phones play Opus in an Ogg file, and not always Vorbis."""
    source = tmp_path / "in.ogg"
    soundfile.write(source, music(1), 44_100, format="OGG", subtype="VORBIS")

    made = fit(source, AudioFormat.OGG)

    assert soundfile.info(made.path).subtype == "OPUS"


@pytest.mark.parametrize("wanted", [AudioFormat.WAV, AudioFormat.FLAC])
def test_lossless_file_that_is_too_large_becomes_mp3_and_says_so(
    tmp_path: Path, wanted: AudioFormat
) -> None:
    """The format never changes silently."""
    source = write_file(tmp_path / "in.wav", music(14))

    made = fit(source, wanted, MIB)

    assert made.ending == "mp3"
    assert made.note is not None
    assert made.note.startswith(f"{wanted.value.upper()} would be ")
    assert made.note.endswith("this server takes 1 MiB, so this is MP3 at 256 kbit/s.")
    assert not list(made.path.parent.glob(f"*.{wanted}"))


def test_ten_minutes_fit_into_ten_mebibytes(tmp_path: Path) -> None:
    """The bitrate falls until the file fits, and the card can say why."""
    source = tmp_path / "in.flac"
    soundfile.write(source, np.tile(music(10, rate=32_000, channels=1), (59, 1)), 32_000)

    made = fit(source, AudioFormat.MP3)

    assert made.kbps == 128
    assert made.size > 8 * MIB
    assert made.note is not None
    assert made.note.startswith("At 256 kbit/s this would be 18 MiB and this server takes 10 MiB")
    assert len(made.bars) == 256


@pytest.mark.parametrize("wanted", list(AudioFormat))
@pytest.mark.parametrize("limit_bytes", [60_000, 150_000, 400_000])
def test_tiny_limits_hold(tmp_path: Path, wanted: AudioFormat, limit_bytes: int) -> None:
    """`fit` itself asserts the size; here every format meets limits far below Discord's."""
    source = write_file(tmp_path / "in.wav", music(4))

    assert fit(source, wanted, limit_bytes).size <= limit_bytes


@pytest.mark.parametrize("wanted", list(AudioFormat))
def test_impossible_limit_is_refused_with_advice(tmp_path: Path, wanted: AudioFormat) -> None:
    """What cannot fit at any quality is refused, leaving no half file."""
    source = write_file(tmp_path / "in.wav", music(4))

    with pytest.raises(AudioError) as caught:
        fit(source, wanted, 9000)

    assert caught.value.code == "too_big"
    assert "shorter" in caught.value.sentence
    assert not list(tmp_path.glob("out*/audio.*"))


@pytest.mark.parametrize("wanted", list(AudioFormat))
def test_file_that_was_turned_down_is_followed_by_one_a_fifth_smaller(
    tmp_path: Path, wanted: AudioFormat
) -> None:
    """Each step after a refusal is at most four fifths of the one before, and says why."""
    source = write_file(tmp_path / "in.wav", music(4))
    sizes = [fit(source, wanted).size]

    for _ in range(2):
        made = fit(source, wanted, previous_bytes=sizes[-1])
        sizes.append(made.size)
        assert made.note is not None
        assert made.note.startswith("Discord did not take the file of ")

    assert all(after * 5 <= before * 4 for before, after in pairwise(sizes))


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (22_050, 2), (96_000, 2), (11_127, 1)])
@pytest.mark.parametrize("wanted", list(AudioFormat))
def test_odd_sample_rates_are_brought_to_one_that_the_format_knows(
    tmp_path: Path, rate: int, channels: int, wanted: AudioFormat
) -> None:
    """Length and channels survive resampling."""
    source = write_file(tmp_path / "in.wav", music(1, rate=rate, channels=channels), rate=rate)

    made = fit(source, wanted)

    assert soundfile.info(made.path).duration == pytest.approx(1, abs=0.15)
    assert made.channels == channels
    assert made.seconds == pytest.approx(1, abs=0.01)


def test_samples_that_are_no_numbers_do_not_reach_the_encoder(tmp_path: Path) -> None:
    """NaN, infinity and absurd values become silence and full scale, never noise or a crash."""
    samples = music(1)
    samples[100:200] = np.nan
    samples[300:310] = np.inf
    samples[400:410] = -1e30
    source = tmp_path / "in.wav"
    soundfile.write(source, samples, 44_100, subtype="FLOAT")

    made = fit(source, AudioFormat.WAV)

    after, _ = soundfile.read(made.path)
    assert np.isfinite(after).all()
    assert not after[100:200].any()
    assert made.peak == 1.0


def test_silence_is_drawn_and_fits(tmp_path: Path) -> None:
    """Nothing is divided by a loudness of zero."""
    source = write_file(tmp_path / "in.wav", music(0.5) * 0)

    made = fit(source, AudioFormat.MP3)

    assert made.peak == 0
    assert set(made.bars) == {0}


@pytest.mark.parametrize("frames", [0, 1])
def test_flac_that_lies_about_its_length_is_no_trouble(tmp_path: Path, frames: int) -> None:
    """A stream of unknown length is read to its end; a short claim is believed."""
    source = claim_frames(write_file(tmp_path / "in.flac", music(2)), frames)

    made = fit(source, AudioFormat.MP3)

    assert made.seconds == pytest.approx(0 if frames else 2, abs=0.01)


def test_bitrate_is_chosen_anew_when_the_claimed_length_was_wrong(tmp_path: Path) -> None:
    """The first try finds out the true length, the second one fits."""
    source = claim_frames(write_file(tmp_path / "in.flac", music(20)), 0)

    made = fit(source, AudioFormat.MP3, 400_000)

    assert made.seconds == pytest.approx(20, abs=0.01)
    assert made.kbps is not None
    assert made.kbps <= 128


def test_wav_of_unannounced_length_is_read_to_its_end(tmp_path: Path) -> None:
    """Programs that write WAV into a pipe cannot know the length; that is not damage."""
    source = write_file(tmp_path / "in.wav", music(1))
    data = source.read_bytes()
    place = data.index(b"data") + 4
    source.write_bytes(data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :])

    assert probe(source).seconds == pytest.approx(1)


def test_wav_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    """The part that is there would decode without a word; the header tells."""
    source = write_file(tmp_path / "in.wav", music(1))
    source.write_bytes(source.read_bytes()[:-5000])

    error = failure(source)

    assert (error.code, error.retryable) == ("corrupt", True)


def test_damage_is_located_for_the_member(tmp_path: Path) -> None:
    """The sentence says where the file is broken, and nothing of libraries."""
    source = write_file(tmp_path / "in.flac", music(3))
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])

    error = failure(source)

    assert error.code == "corrupt"
    assert "damaged after 1." in error.sentence


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (wav_header(channels=1024, rate=44_100, data_bytes=8192), "channels"),
        (wav_header(channels=2, rate=1, data_bytes=8192), "rate"),
        (wav_header(channels=2, rate=2**31 - 1, data_bytes=8192), "rate"),
        (wav_header(channels=2, rate=44_100, data_bytes=0), "empty"),
        (b"<!doctype html><h1>Not Found</h1>", "not_audio"),
        (b"ffconcat version 1.0\nfile secret.wav\n", "not_audio"),
        (b'{"detail":"expired"}', "not_audio"),
        (b"", "empty"),
        (b"ID3" + bytes(5000), "corrupt"),
        (b"fLaC" + bytes(5000), "corrupt"),
        (b"OggS" + bytes(5000), "corrupt"),
        (b"RIFF\xff\xff\xff\xffWAVE" + bytes(5000), "corrupt"),
    ],
)
def test_hostile_file_is_refused_with_its_reason(tmp_path: Path, header: bytes, code: str) -> None:
    """Each gets a coded answer and a sentence without a word of ours in it."""
    source = tmp_path / "song.mp3"
    source.write_bytes(header + (bytes(8192) if header[-8:-4] == b"data" else b""))
    if code == "empty":
        source.write_bytes(header)

    error = failure(source)

    assert error.code == code
    assert error.sentence.endswith(".")
    assert "lib" not in error.sentence.lower()


def test_six_hours_are_refused_by_the_header_alone(tmp_path: Path) -> None:
    """A small file may hold a night of silence; it is not decoded to find out."""
    source = claim_frames(write_file(tmp_path / "in.flac", music(1) * 0), 6 * 3600 * 44_100)

    assert failure(source).code == "too_long"


def test_length_that_no_header_admits_is_stopped_by_counting(tmp_path: Path) -> None:
    """Where the header says nothing, decoding stops at the limit and no later."""
    source = claim_frames(write_file(tmp_path / "in.flac", music(6) * 0), 0)

    error = failure(source, max_seconds=5)

    assert error.code == "too_long"
    assert "5 seconds" in error.sentence


def test_file_that_cannot_be_decoded_is_handed_on_with_a_note(tmp_path: Path) -> None:
    """A paid result in a format beyond us is still better than none."""
    source = tmp_path / "in"
    source.write_bytes(b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00" + bytes(3000))

    made = fit(source, AudioFormat.MP3)

    assert (made.ending, made.waveform, made.seconds) == ("m4a", None, None)
    assert made.path.read_bytes() == source.read_bytes()
    assert made.note == "This came as M4A, which I cannot convert, so it is as it came."
    assert probe(source).format == "m4a"


def test_file_that_cannot_be_decoded_nor_fits_is_refused(tmp_path: Path) -> None:
    """It cannot be made smaller, so there is nothing to hand on."""
    source = tmp_path / "in"
    source.write_bytes(b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00" + bytes(3000))

    with pytest.raises(AudioError) as caught:
        fit(source, AudioFormat.MP3, 1000)

    assert caught.value.code == "unsupported"


@pytest.mark.parametrize("ending", ENDINGS)
def test_probe_counts_what_is_there(tmp_path: Path, ending: str) -> None:
    """Length, channels and rate are those of the sound."""
    source = write_file(tmp_path / f"a.{ending}", music(1.2, rate=48_000, channels=1), rate=48_000)

    found = probe(source)

    assert found.seconds == pytest.approx(1.2, abs=0.06)
    assert (found.format, found.channels, found.sample_rate) == (ending, 1, 48_000)
    assert found.size == source.stat().st_size


def test_too_long_for_its_purpose_is_named_in_seconds(tmp_path: Path) -> None:
    """A remix may allow less than a download; the sentence names that limit."""
    error = failure(write_file(tmp_path / "a.wav", music(2)), max_seconds=1.5)

    assert error.code == "too_long"
    assert "1.5 seconds" in error.sentence


def _truncated(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(1, len(data)))]


def _flipped(data: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(data)
    for place in rng.integers(0, len(data), 8):
        damaged[place] ^= 1 << int(rng.integers(0, 8))
    for place in rng.integers(0, min(200, len(data)), 2):
        damaged[place] ^= 1 << int(rng.integers(0, 8))
    return bytes(damaged)


@pytest.mark.parametrize("damage", [_truncated, _flipped])
@pytest.mark.parametrize("ending", ENDINGS)
def test_damaged_files_end_in_a_result_or_a_sentence(
    tmp_path: Path, ending: str, damage: Callable[[bytes, np.random.Generator], bytes]
) -> None:
    """No damage, wherever it is, leads to anything but a file that fits or an AudioError."""
    whole = write_file(tmp_path / f"a.{ending}", music(0.6, rate=48_000), rate=48_000).read_bytes()
    rng = np.random.default_rng(20)
    source = tmp_path / "in"

    ends: set[str] = set()
    for _ in range(12):
        source.write_bytes(damage(whole, rng))
        try:
            made = fit(source, AudioFormat.MP3, 100_000)
        except AudioError as error:
            ends.add(error.sentence[-1])
        else:
            ends.add("." if soundfile.info(made.path).frames else "silence")

    assert ends == {"."}
