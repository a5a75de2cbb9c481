"""The settings of a server as a panel that its admins leaf through, and change."""

from bot.ui.settings.changes import change_of
from bot.ui.settings.controls import OURS, Control, Use
from bot.ui.settings.embeds import embed
from bot.ui.settings.forms import HandedIn, form, handed_in
from bot.ui.settings.rows import controls
from bot.ui.settings.sections import Place, Section, Standing

__all__ = [
    "OURS",
    "Control",
    "HandedIn",
    "Place",
    "Section",
    "Standing",
    "Use",
    "change_of",
    "controls",
    "embed",
    "form",
    "handed_in",
]
