"""The command `tap-8x8-cc`: every failure is one line and an exit code, never a traceback.

Its first word may name a command of the room `commands`; without one it is the Singer command.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import sys

from tap_8x8_cc.commands import COMMANDS, find_command
from tap_8x8_cc.errors import LoaderGoneError, StoppedError, TapError, one_line
from tap_8x8_cc.redaction import REDACTOR, protect_handlers
from tap_8x8_cc.signals import STOP

FAILED = 1
YOUNG_OBJECTS = 100_000
"""Objects made before the next search for garbage; a page of rows makes some ten thousand."""
LONGEST_MESSAGE = 2000
_UNWRITABLE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO}
_UNWRITABLE = "Standard output can't be written to: {}."
STATE_WRITTEN = "; the last complete state is written"


def main() -> None:
    """Run the tap; exits with 0, 1, or 128 and the number of the signal that stopped it."""
    logger = logging.getLogger("tap-8x8-cc")
    try:
        # From the first moment: to import what the tap is made of takes a second.
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda number, _: STOP.signal(number))
        # Rows are many, die young and hold no cycles: to look for some costs much, for nothing.
        gc.set_threshold(YOUNG_OBJECTS, 10, 10)
        if sys.stdout is None:
            raise LoaderGoneError(_UNWRITABLE.format("it is closed"))  # noqa: TRY301
        _run()
    except TapError as error:
        _fail(logger, str(error), error)
    except StoppedError as stopped:
        logger.warning("Stopped by %s%s.", stopped, "" if _named() else STATE_WRITTEN)
        # Not sys.exit: there is nothing to wait for, and a second signal would change the code.
        os._exit(stopped.exit_code)
    except LoaderGoneError as error:
        logger.error(str(error))  # noqa: TRY400
        # Not sys.exit: flushing standard output again would fail again.
        os._exit(FAILED)
    except FileNotFoundError as error:
        _fail(logger, f"{error.filename}: there is no such file.", error)
    except OSError as error:
        if error.errno not in _UNWRITABLE_ERRORS:
            _fail(logger, f"Unexpected {type(error).__name__}: {error}", error)
        logger.error(_UNWRITABLE.format(error.strerror))  # noqa: TRY400
        os._exit(FAILED)  # for the same reason
    except Exception as error:  # noqa: BLE001 - whatever it is, one line
        _fail(logger, f"Unexpected {type(error).__name__}: {error}", error)


def _run() -> None:
    from tap_8x8_cc.tap import Tap8x8CC  # noqa: PLC0415 - slow, and to be stopped by a signal

    singer = Tap8x8CC.cli  # sets up logging
    protect_handlers()
    if name := _named():
        command = find_command(name)
        command.main(sys.argv[2:], prog_name=f"{Tap8x8CC.name} {name}")
    else:
        lines = (f"  {name:<10}{question}" for name, question in COMMANDS.items())
        # After \b click keeps the lines as they are.
        singer.epilog = "\n".join(["\b", "Commands, each with a --help of its own:", *lines])
        singer.main()


def _named() -> str | None:
    """Return the command that the first word names; None: the Singer command."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    return word if word in COMMANDS else None


def _fail(logger: logging.Logger, message: str, error: BaseException) -> None:
    logger.error(one_line(REDACTOR(message), LONGEST_MESSAGE))
    logger.debug("The failure in full", exc_info=error)
    sys.exit(FAILED)
