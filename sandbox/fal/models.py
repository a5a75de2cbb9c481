"""The one place where the local fal asks the bot's catalogue what an endpoint accepts."""

from __future__ import annotations

from pydantic import ValidationError

from bot import catalogue
from bot.domain.job import Json
from sandbox.fal import answers


def findings(endpoint: str, arguments: Json) -> Json:
    """Give the 422 body with which a model answers this input; None when it accepts it.

    Endpoints that the catalogue does not describe accept every JSON object.
    """
    if not isinstance(arguments, dict):
        return answers.model_error("dict_type", "Input should be a valid dictionary")
    try:
        catalogue.validate(endpoint, arguments)
    except KeyError:
        return None
    except ValidationError as error:
        return answers.invalid_input(error)
    return None
