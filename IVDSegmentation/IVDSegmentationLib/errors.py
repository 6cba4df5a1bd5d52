"""Errors that are meant for the user: one sentence that says what happened, one that says what to do."""

from __future__ import annotations


class IVDError(Exception):
    """Base of every error whose text may be shown to the user."""


class InputError(IVDError):
    """The volume, file or folder given cannot be used (exit code 2 of the command line)."""


class ModelError(IVDError):
    """A model file is missing, broken, foreign or does not match its checksum."""


class OutputError(IVDError):
    """A result could not be written: no permission, disk full."""


class DeviceError(IVDError):
    """The requested device is missing or ran out of memory."""


class Cancelled(IVDError):
    """The user cancelled. Nothing was changed."""
