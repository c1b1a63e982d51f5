"""Every word of the prompt that is not a command of the bot."""

WORDS = {
    "press": "press Pay someone, press 1 — press a button of a message, by its name or the start of it",
    "select": "select red, blue — choose in the newest menu; where several fit: select Colour: red",
    "menu": "menu User @quiet — an entry of the menu on a person; without @ on the newest message",
    "say": "say hello — write a message where you are",
    "dm": "dm, dm hello — go to the direct messages with the bot, or write there",
    "in": "in #staff — go to another channel",
    "as": "as mira — be somebody else; mira: /balance does it on the way, mira> /balance for a line",
    "client": "client de Europe/Berlin — the language and the time zone of your Discord",
    "look": "look — what you see where you are",
    "who": "who — everybody, and where they are",
    "files": "files — what was sent along, and where it lies on this computer",
    "leave": "leave, leave #porch — leave the guild, or the voice channel that you are in",
    "join": "join, join #porch — join the guild again, or go into a voice channel, from another one too",
    "move": "move @quiet #porch, move @quiet — as a moderator put somebody into another voice channel, or out of voice",
    "mute": "mute, mute off, mute @quiet — mute yourself in voice, or as a moderator somebody",
    "deafen": "deafen, deafen off, deafen @quiet — the same for hearing",
    "create": "create #news, create @Fans — make a channel or a role",
    "delete": "delete #news, delete @Fans — delete a channel or a role",
    "give": "give @quiet @Helper, give Folkmoot manage roles — a role or a permission; also: … in #lounge",
    "take": "take Folkmoot send messages in #lounge — take a role or a permission away",
    "permissions": "permissions, permissions @mira in #staff — what the bot or somebody may do",
    "restart": "restart — stop the bot and start it anew, while this Discord stays",
    "scene": "scene, scene diagnose — the scenes that there are, or one of them",
    "help": "help — this list",
    "quit": "quit — stop the bot and end (Ctrl-D does it too)",
}
"""How each is used, and what it does."""

GROUPS = {
    "Using what the bot shows": ("press", "select", "menu"),
    "Being people": ("say", "dm", "in", "as", "client", "look", "who", "files", "leave", "join"),
    "Talking": ("move", "mute", "deafen"),
    "Changing the place": ("create", "delete", "give", "take", "permissions"),
    "The demonstration": ("restart", "scene", "help", "quit"),
}
"""The words as they are listed."""


class NotUnderstood(Exception):
    """A line that can't be read; the message is one sentence that says what would do."""


def needed(word: str, rest: str) -> str:
    """What follows a word.

    Raises:
        NotUnderstood: nothing does; the message says how the word is used.
    """
    if not rest:
        raise NotUnderstood(f"Like this: {WORDS[word]}.")
    return rest
