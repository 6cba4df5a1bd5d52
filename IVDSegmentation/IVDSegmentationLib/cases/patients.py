"""Patients told apart without their names."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from ..errors import OutputError
from ..files import make_folder, reason_of
from ..network.weights import user_models_folder
from ..resources import user_folder

SECRET_FILE = "patient-secret"
_OWNER_ONLY = 0o600


def patient_key(identity: str) -> str:
    """A patient's identity made unreadable; '' for ''. The secret that it is mixed with stays in the user's own folder,
    so that nobody who gets the cases can try out names. Raises ``OutputError`` where the secret cannot be kept."""
    if not identity.strip():
        return ""
    return hashlib.sha256((_secret() + identity.strip().casefold()).encode()).hexdigest()[:16]


def _secret() -> str:
    path = make_folder(user_folder()) / SECRET_FILE
    try:
        if not path.is_file():
            _create(path, _earlier_secret() or secrets.token_hex(32))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(_OWNER_ONLY)
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise OutputError(f"{path} could not be written: {reason_of(error)}") from error


def _create(path: Path, secret: str) -> None:
    """Writes the secret under another name first, so that nobody reads a part of it; the first of several processes wins."""
    partial = path.with_name(f".{SECRET_FILE}-{secrets.token_hex(4)}")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
    except (NotImplementedError, PermissionError):  # a disk without links
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _earlier_secret() -> str:
    """The one that earlier versions kept beside the models, where a shared folder of models may be: patients added with it
    are still recognised."""
    try:
        return (user_models_folder().parent / SECRET_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
