"""File names that the card's text and its attachments must agree on."""

WAVEFORM_NAME = "waveform.png"
