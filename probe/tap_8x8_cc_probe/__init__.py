"""How does this tenant's API behave? A command of its own beside the tap: `tap-8x8-cc-probe`.

At most ten small reports are created (`experiments`) and looked at through the client's answers
(`answers`). Each open question about the API has a function that reads its finding from them
(`questions`). The answers can be saved without anything of the contact center (`evidence`).
"""
