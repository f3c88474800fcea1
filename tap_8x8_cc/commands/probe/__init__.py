"""`tap-8x8-cc probe`: how does this tenant's API behave?

Ten small reports at the most are created (`experiments`) and looked at through what the client got
for them (`answers`); each open question about the API has a function that reads its finding from
them (`questions_…`). What was seen can be kept without anything of the contact center (`evidence`).
"""

from tap_8x8_cc.commands.probe.command import probe

__all__ = ["probe"]
