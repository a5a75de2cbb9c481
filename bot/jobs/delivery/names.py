"""Names that the card's text, and what is done to it later, must agree on."""

WAVEFORM_NAME = "waveform.png"
MADE_FROM = "Made from"
BECAME = "Became"
