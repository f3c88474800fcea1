"""`python -m tap_8x8_cc_probe` is the command `tap-8x8-cc-probe`."""

from tap_8x8_cc_probe.cli import main

if __name__ == "__main__":
    main()
