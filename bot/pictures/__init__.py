"""Pictures: charts and cards, drawn in a process beside the bot.

`specs` says what is to be drawn, `alt` puts it into words, and `studio` (`Pictures`) has it drawn. Those three are all
that the bot's own process imports; `worker` and `drawing` are the other process's, and Pillow is imported there alone.
"""
