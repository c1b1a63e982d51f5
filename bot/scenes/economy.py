"""A scene about the purse. It takes nothing away for good, so it reads the same at every start."""

from __future__ import annotations

from bot.sandbox.terminal import Step

_PAID = ("gave **", "would need")
"""What a payment ends with: somebody may have spent everything at the prompt of an earlier demonstration."""

SCENE: tuple[Step, ...] = (
    Step(
        "regular",
        "/daily",
        before="Everybody may take some coins once a day.",
        expect=("for today", "You have had this one already"),
    ),
    Step(
        "regular",
        "/work",
        before="Who wants more works for it, and rests a while before they can again.",
        expect=("for that. You have", "You have just worked"),
    ),
    Step("regular", "/balance", expect=("Your wallet",)),
    Step(
        "regular",
        "/pay member:@newcomer amount:50",
        before="A payment is for all to see.",
        expect=_PAID,
    ),
    Step(
        "regular",
        "/pay member:@newcomer amount:1,000,000",
        before="Nobody can give what they don't have, and the refusal is nobody else's business.",
        expect=_PAID,
    ),
    Step(
        "newcomer",
        "/balance",
        before="Buttons work too, here to give the coins back with a form.",
        expect=("Your wallet",),
    ),
    Step(
        "newcomer",
        "press Pay someone",
        form={"To whom": "@regular", "How many coins": "50"},
        expect=_PAID,
    ),
    Step(
        "regular",
        "/deposit amount:half",
        before="What is not needed now can go to the bank: a number, or a part of what there is.",
        expect=("into the bank", "makes no whole coin"),
    ),
    Step("regular", "/balance", expect=("Your wallet",)),
    Step(
        "regular",
        "press Details",
        before="The ledger knows what was earned and spent.",
        expect=("Earned and spent",),
    ),
    Step("regular", "/withdraw amount:all", expect=("out of the bank", "makes no whole coin")),
    Step(
        "ola",
        "/item create",
        form={"Name": "Lantern", "Description": "Lights the way home.", "Price": "20", "Emoji": "🏮"},
        before="Coins buy what staff puts up for sale. What is written is a draft, seen as members would see it.",
        expect=("Draft · Lantern", "drafts already"),
    ),
    Step("ola", "press Publish", only_if="Publish", expect=("It is for sale", "in the shop already")),
    Step("regular", "/shop", expect=("Lantern",)),
    Step("regular", "/buy item:Lantern", expect=("Lights the way home.",)),
    Step("regular", "press Buy", only_if="Buy for 20 coins", expect=("You bought", "would need", "You need")),
    Step("regular", "/inventory", expect=("What you own",)),
    Step(
        "ola",
        "/item archive item:Lantern",
        before="What is no longer sold stays with those who bought it.",
        expect=("Take Lantern out", "Take **Lantern** out"),
    ),
    Step("ola", "press Archive it", only_if="Archive it", expect=("Archived",)),
    Step(
        "regular",
        "/transactions kind:Payments",
        before="A statement can be of one kind alone.",
        expect=("Your statement · Payments",),
    ),
    Step(
        "regular",
        "/transactions",
        before="Every movement is kept, and each member can read their own.",
        expect=("Your statement",),
    ),
    Step("regular", "press Older", only_if="Older", expect=("Your statement",)),
)
"""The steps, in their order."""
