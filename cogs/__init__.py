"""One file per command: parse, call one service, answer."""
