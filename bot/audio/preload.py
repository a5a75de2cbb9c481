"""Import, once, in the fork server, what every child needs; children start in milliseconds then.

Only the fork server imports this module, before any thread exists.
"""

import os
from importlib import import_module

# One child per core is already as many threads as are useful, and a process that has threads
# cannot be forked safely.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

for _name in ("bot.audio.child", "bot.audio.bench", "PIL.ImageFont", "PIL.PngImagePlugin"):
    import_module(_name)
