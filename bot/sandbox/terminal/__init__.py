"""The sandbox at a terminal: what its people see, drawn as text; scenes that play by themselves; and a prompt.

names       what people, channels and roles are called
times       moments, as the client of whoever looks has them
markup      Discord's markdown as words in colour
render      messages, buttons, menus and forms as lines
words       the words of the prompt itself
lines       what may be typed, and what it means
picking     which of several names is meant
upkeep      changes to the place by nobody in particular
controls    the buttons and menus in sight
fields      the fields of a form, asked for and read
completion  what could be typed next, for the Tab key
files       what was sent along, kept where one can open it
stage       who is where, doing what was typed, and who saw what came of it
scene       a list of steps, played one after another
prompt      a person at the keyboard, being each of them in turn
"""

from .markup import Paint
from .prompt import Handler, Prompt
from .scene import Scene, SceneFailed, Step
from .stage import Stage

__all__ = ["Handler", "Paint", "Prompt", "Scene", "SceneFailed", "Stage", "Step"]
