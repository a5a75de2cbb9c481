"""Those who run the models. Each speaks the protocol of `bot.providers.base`."""
