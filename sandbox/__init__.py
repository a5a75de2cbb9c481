"""A local Discord, a local fal and a page to try the bot in. The tests run against it, too."""
