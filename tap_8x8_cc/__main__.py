"""`python -m tap_8x8_cc`: the command `tap-8x8-cc`."""

from __future__ import annotations

from tap_8x8_cc.cli import main

if __name__ == "__main__":
    main()
