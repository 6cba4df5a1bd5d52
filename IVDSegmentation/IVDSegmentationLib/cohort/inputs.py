"""Has the input of a scan changed since it was segmented?"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .scans import Source

if TYPE_CHECKING:
    from ..volume.dicom_series import DicomSeries

_BLOCK_BYTES = 1 << 20


def files_of(source: Source) -> list[Path]:
    """The files that a scan is read from, in a fixed order. Raises ``InputError`` where there are none any more."""
    path = Path(source.path)
    if path.is_file():
        return [path, *_companions(path)]
    if not path.is_dir():
        raise InputError(f"{path} does not exist any more. Restore it, or start the cohort again without it.")
    if source.series is None:
        return sorted(file for file in path.rglob("*") if file.is_file())
    from ..volume.dicom_series import list_series

    for series in list_series(path, nested=False):
        if series.uid == source.series:
            return files_of_series(series)
    raise InputError(f"{path} does not hold the DICOM series {source.series} any more. Restore its files.")


def files_of_series(series: DicomSeries) -> list[Path]:
    """The files of a DICOM series, in a fixed order."""
    return sorted({one.path for one in series.slices})


def fingerprint_of(files: list[Path]) -> str:
    """Names, sizes and times of change, as a short text: cheap, and different whenever a file was written again."""
    digest = hashlib.sha256()
    for file in files:
        status = file.stat()
        digest.update(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def checksum_of(files: list[Path]) -> str:
    """SHA-256 of the files' names and contents."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0{path.stat().st_size}\n".encode())
        with open(path, "rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def _companions(path: Path) -> list[Path]:
    """The file with the voxels of a header that stands alone (.mhd, .nhdr, .hdr)."""
    voxels = {".mhd": (".raw", ".zraw"), ".nhdr": (".raw", ".raw.gz"), ".hdr": (".img", ".img.gz")}
    endings = voxels.get(path.suffix.lower(), ())
    return [file for ending in endings if (file := path.with_suffix(ending)).is_file()]
