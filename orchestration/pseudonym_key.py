"""The key for pseudonyms: given by the environment or made once, and held to its mark.

Belongs here: reading, making and refusing the key. Does not: where it lies (home.py) and what is
hashed with it (the macros of feeds).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from orchestration.durable import write_durably

KEY_BYTES = 32
SHORTEST_KEY_BYTES = 16
KEY_VARIABLE = "WHOLEVIEW_KEY"


class KeyRefused(ValueError):  # noqa: N818 - reads as the state it reports
    """The key for pseudonyms is too short to protect anything, or is not this HOME's."""


def read_key(root: Path, file: Path, mark: Path, environ: Mapping[str, str]) -> bytes:
    """The key: WHOLEVIEW_KEY, else the random bytes of `file`, which are made where HOME is new.

    Args:
        root: HOME, to be named in errors.
        file: Where a key lies that was made here.
        mark: What tells the key that HOME began with from another.
        environ: The environment.

    Raises:
        KeyRefused: the key has fewer than 16 bytes, or the one that HOME began with is another
            or lost.
    """
    if given := environ.get(KEY_VARIABLE):
        key, where = given.encode(), KEY_VARIABLE
    else:
        if not file.exists() and mark.exists():
            raise KeyRefused(
                f"{root} has lost its key: set {KEY_VARIABLE} as before, or restore"
                f" {file} from the backup"
            )
        if not file.exists():
            write_durably(file, secrets.token_bytes(KEY_BYTES))
        key, where = file.read_bytes(), str(file)
    if len(key) < SHORTEST_KEY_BYTES:
        raise KeyRefused(
            f"{where}: {len(key)} bytes where at least {SHORTEST_KEY_BYTES} are needed;"
            " give a longer key, or restore it from the backup"
        )
    _check_mark(mark, hmac.new(key, b"wholeview key mark", hashlib.sha256).hexdigest(), where, root)
    return key


def _check_mark(file: Path, mark: str, where: str, root: Path) -> None:
    if not file.exists():
        write_durably(file, mark.encode())
    elif not hmac.compare_digest(file.read_text(), mark):
        raise KeyRefused(
            f"{where}: not the key that {root} began with; restore that one,"
            " or begin a new home with --home"
        )
