"""The words that the synthesiser understands, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# fmt: off
# The first genre whose word is in the prompt decides what other words leave open.
GENRES: Sequence[tuple[tuple[str, ...], Mapping[str, object]]] = (
    (("lo-fi", "lofi", "lo fi", "chillhop"), {
        "tempo": 80, "mode": "dorian", "lead": "electric piano", "chords": "electric piano",
        "bass": "upright bass", "kit": "dusty", "groove": "hip hop", "swing": 0.16,
        "sevenths": True, "dusty": True, "wet": 0.22, "energy": 0.45}),
    (("techno", "rave", "acid"), {
        "tempo": 130, "mode": "minor", "lead": "saw lead", "chords": "pluck", "pad": "pad",
        "bass": "synth bass", "kit": "electronic", "groove": "four", "steps": 4, "pump": 0.6,
        "energy": 0.9, "wet": 0.15}),
    (("trance",), {
        "tempo": 138, "mode": "minor", "lead": "saw lead", "chords": "pluck", "pad": "pad",
        "bass": "synth bass", "kit": "electronic", "groove": "four", "steps": 4, "pump": 0.7,
        "energy": 0.9, "wet": 0.3}),
    (("drum and bass", "drum & bass", "dnb", "jungle"), {
        "tempo": 172, "mode": "minor", "lead": "saw lead", "chords": None, "pad": "pad",
        "bass": "synth bass", "kit": "acoustic", "groove": "breakbeat", "energy": 0.9}),
    (("house", "disco", "edm", "dance", "club"), {
        "tempo": 124, "mode": "minor", "lead": "pluck", "chords": "electric piano", "pad": "pad",
        "bass": "synth bass", "kit": "electronic", "groove": "four", "pump": 0.5, "energy": 0.8,
        "sevenths": True}),
    (("synthwave", "retrowave", "vaporwave", "80s"), {
        "tempo": 100, "mode": "minor", "lead": "saw lead", "chords": "pad", "pad": None,
        "bass": "synth bass", "kit": "electronic", "groove": "rock", "steps": 4, "wet": 0.3,
        "pump": 0.3}),
    (("chiptune", "8-bit", "8 bit", "8bit", "video game", "arcade"), {
        "tempo": 150, "mode": "major", "lead": "square", "chords": "square", "pad": None,
        "bass": "triangle", "kit": "chip", "groove": "rock", "steps": 4, "wet": 0.0, "energy": 0.8}),
    (("waltz",), {
        "tempo": 150, "beats": 3, "mode": "major", "lead": "strings", "chords": "piano",
        "bass": "upright bass", "kit": None, "groove": "waltz", "wet": 0.3}),
    (("swing", "bebop", "big band", "jazz", "bossa"), {
        "tempo": 132, "mode": "dorian", "lead": "saxophone", "chords": "piano",
        "bass": "upright bass", "kit": "brushes", "groove": "jazz", "swing": 0.3,
        "sevenths": True, "wet": 0.15, "energy": 0.5}),
    (("trap", "hip hop", "hip-hop", "boom bap", "rap"), {
        "tempo": 86, "mode": "minor", "lead": "bells", "chords": "electric piano", "pad": None,
        "bass": "808", "kit": "electronic", "groove": "hip hop", "swing": 0.08, "wet": 0.12}),
    (("metal", "punk", "hard rock", "grunge"), {
        "tempo": 160, "mode": "minor", "lead": "distorted guitar", "chords": "distorted guitar",
        "bass": "bass guitar", "kit": "acoustic", "groove": "rock", "energy": 1.0, "wet": 0.1}),
    (("rock", "indie", "britpop"), {
        "tempo": 122, "mode": "mixolydian", "lead": "electric guitar",
        "chords": "distorted guitar", "bass": "bass guitar", "kit": "acoustic", "groove": "rock",
        "energy": 0.85, "wet": 0.12}),
    (("reggae", "dub", "ska"), {
        "tempo": 76, "mode": "major", "lead": "organ", "chords": "electric guitar",
        "bass": "bass guitar", "kit": "acoustic", "groove": "reggae", "wet": 0.25}),
    (("funk", "soul", "r&b", "motown"), {
        "tempo": 104, "mode": "dorian", "lead": "brass", "chords": "electric piano",
        "bass": "bass guitar", "kit": "acoustic", "groove": "funk", "sevenths": True,
        "swing": 0.06, "energy": 0.75}),
    (("orchestral", "cinematic", "epic", "symphon", "soundtrack", "film score", "trailer"), {
        "tempo": 92, "mode": "minor", "lead": "brass", "chords": "strings", "pad": "choir",
        "bass": "low strings", "kit": "timpani", "groove": "cinematic", "wet": 0.42, "energy": 0.8}),
    (("classical", "baroque", "chamber", "sonata"), {
        "tempo": 104, "mode": "major", "lead": "strings", "chords": "piano",
        "bass": "low strings", "kit": None, "steps": 2, "wet": 0.3}),
    (("ambient", "drone", "meditat", "spa", "sleep", "atmospher", "soundscape"), {
        "tempo": 62, "mode": "lydian", "lead": "bells", "chords": "pad", "pad": "choir",
        "bass": "low pad", "kit": None, "wet": 0.55, "energy": 0.3}),
    (("folk", "country", "acoustic", "bluegrass", "campfire", "celtic"), {
        "tempo": 108, "mode": "major", "lead": "flute", "chords": "guitar",
        "bass": "upright bass", "kit": "brushes", "groove": "rock", "steps": 2, "wet": 0.15}),
    (("blues",), {
        "tempo": 88, "mode": "mixolydian", "lead": "electric guitar", "chords": "organ",
        "bass": "bass guitar", "kit": "acoustic", "groove": "jazz", "swing": 0.3, "sevenths": True}),
    (("lullaby", "music box"), {
        "tempo": 72, "beats": 3, "mode": "major", "lead": "bells", "chords": "harp", "bass": None,
        "kit": None, "steps": 2, "wet": 0.35, "energy": 0.3}),
    (("pop", "upbeat", "jingle", "commercial"), {
        "tempo": 116, "mode": "major", "lead": "pluck", "chords": "piano", "pad": "pad",
        "bass": "bass guitar", "kit": "electronic", "groove": "rock", "energy": 0.75}),
)

# Words for an instrument, and the tone that plays it. Longer words first.
INSTRUMENTS: Sequence[tuple[tuple[str, ...], str]] = (
    (("electric piano", "rhodes", "wurlitzer"), "electric piano"),
    (("distorted guitar", "distortion", "heavy guitar"), "distorted guitar"),
    (("electric guitar",), "electric guitar"),
    (("piano", "keys", "keyboard"), "piano"),
    (("guitar", "banjo", "mandolin", "ukulele", "lute"), "guitar"),
    (("harp", "koto", "zither"), "harp"),
    (("string", "violin", "viola", "orchestra", "fiddle", "quartet"), "strings"),
    (("cello",), "low strings"),
    (("flute", "whistle", "recorder", "pan pipe", "ocarina", "woodwind"), "flute"),
    (("saxophone", "sax", "clarinet", "oboe"), "saxophone"),
    (("trumpet", "brass", "horn", "trombone"), "brass"),
    (("bell", "glockenspiel", "celesta", "music box", "chime", "vibraphone"), "bells"),
    (("marimba", "xylophone", "kalimba", "handpan", "steel drum"), "marimba"),
    (("choir", "choral", "voices", "chant"), "choir"),
    (("organ", "accordion", "harmonica"), "organ"),
    (("square wave", "8-bit", "chip"), "square"),
    (("synth pluck", "pluck", "arpeggi"), "pluck"),
    (("synth pad", "warm pad", "pad"), "pad"),
    (("synth lead", "saw", "lead synth", "synth"), "saw lead"),
)
DRUM_WORDS = ("drum", "percussion", "beat", "kick", "snare", "hi-hat")
BASSES: Sequence[tuple[tuple[str, ...], str]] = (
    (("808",), "808"),
    (("synth bass", "sub bass", "acid bass"), "synth bass"),
    (("upright bass", "double bass", "contrabass"), "upright bass"),
    (("bass guitar", "slap bass", "electric bass", "bassline", "bass"), "bass guitar"),
)
SAD = (
    "minor", "sad", "dark", "melanchol", "gloomy", "somber", "sombre", "eerie", "spooky",
    "haunting", "mysterious", "tense", "horror", "lonely", "tragic", "sinister", "moody",
)
GLAD = (
    "major", "happy", "joy", "cheerful", "bright", "uplifting", "sunny", "playful", "fun",
    "hopeful", "triumphant", "festive", "sweet", "warm",
)
TEMPO_WORDS: Sequence[tuple[tuple[str, ...], float]] = (
    (("very slow", "largo", "glacial"), 0.6),
    (("slow", "adagio", "relax", "calm", "gentle", "sleepy", "chill", "mellow", "peaceful"), 0.8),
    (("very fast", "presto", "frantic"), 1.5),
    (("fast", "quick", "allegro", "energetic", "driving", "upbeat", "intense"), 1.25),
)
# fmt: on
