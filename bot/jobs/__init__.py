"""A job's way from the command to the audio: accepting, dispatching, following, delivering."""
