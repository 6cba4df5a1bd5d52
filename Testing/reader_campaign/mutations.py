"""Ways to damage a file. Each gets the folder with a whole seed and a random generator, and says what it did."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from IVDSegmentationLib.volume.nifti_header import HEADER_1, HEADER_2

from .seeds import Seed, volume_of

NUMBERS = (0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e-30, 1e30, 999999999999.0, 0.5, 2.0)
TEXTS = ("0", "-1", "nan", "inf", "1e-30", "1e30", "999999999999", "0.5", "2", "", "A" * 3000, "32768 32768 32768")


@dataclass(frozen=True)
class Mutation:
    """What was done. ``stored``: the bytes on disk were damaged, so that a checksum over them no longer fits; else a header
    was rewritten and packed anew. ``changed``: False where nothing was done or nothing that matters."""

    text: str
    file: str
    stored: bool
    changed: bool = True


def _file(folder: Path, random: np.random.Generator) -> Path:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return files[random.integers(len(files))]


def flip_bits(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    content = bytearray(path.read_bytes())
    # headers are short beside the voxels, and more can go wrong in them: half of the flips hit the first 1,000 bytes
    end = min(1000, len(content)) if random.random() < 0.5 else len(content)
    places = random.integers(end, size=random.integers(1, 4))
    for place in places:
        content[place] ^= 1 << random.integers(8)
    path.write_bytes(content)
    return Mutation(f"bits flipped in bytes {sorted(places.tolist())}", path.name, True)


def cut(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    content = path.read_bytes()
    kept = int(random.integers(len(content)))
    path.write_bytes(content[:kept])
    return Mutation(f"cut to {kept} of {len(content)} bytes", path.name, True)


def zeros(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    content = bytearray(path.read_bytes())
    length = int(random.choice([1, 16, 512]))
    place = int(random.integers(max(1, len(content) - length)))
    content[place : place + length] = bytes(len(content[place : place + length]))
    path.write_bytes(content)
    return Mutation(f"{length} zeros from byte {place}", path.name, True)


def insert(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    content = path.read_bytes()
    place = int(random.integers(len(content)))
    more = random.bytes(int(random.integers(1, 3000)))
    path.write_bytes(content[:place] + more + content[place:])
    return Mutation(f"{len(more)} bytes put in at {place}", path.name, True)


def drop(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    content = path.read_bytes()
    place, length = int(random.integers(len(content))), int(random.integers(1, 3000))
    path.write_bytes(content[:place] + content[place + length :])
    return Mutation(f"{length} bytes taken out at {place}", path.name, True)


def append(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    path.write_bytes(path.read_bytes() + random.bytes(int(random.integers(1, 3000))))
    return Mutation("bytes appended", path.name, True)


def nifti_field(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = next(one for one in sorted(folder.iterdir()) if ".img" not in one.name)
    stored = path.read_bytes()
    content = bytearray(gzip.decompress(stored) if path.name.endswith(".gz") else stored)
    kind = HEADER_1 if content[:2] == b"\x5c\x01" else HEADER_2
    header = np.frombuffer(content, kind, 1).copy()
    names = [name for name in kind.names if kind[name].base.kind in "iuf" and name != "sizeof_hdr"]
    name = names[random.integers(len(names))]
    value = NUMBERS[random.integers(len(NUMBERS))]
    field = header[name].reshape(-1)
    at = int(random.integers(field.size))
    with np.errstate(all="ignore"):
        if field.dtype.kind == "f":
            field[at] = value
        else:
            limits = np.iinfo(field.dtype)
            field[at] = min(max(int(np.nan_to_num(value)), int(limits.min)), int(limits.max))
    header[name] = field.reshape(header[name].shape)
    content[: kind.itemsize] = header.tobytes()
    path.write_bytes(gzip.compress(bytes(content), 1) if path.name.endswith(".gz") else bytes(content))
    return Mutation(f"{name}[{at}] = {value}", path.name, False)


def text_field(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = folder / seed.read
    content = path.read_bytes()
    end = content.find(b"\n\n") if content.startswith(b"NRRD") else content.find(b"ElementDataFile")
    header, rest = content[:end], content[end:]
    words = list(re.finditer(rb"[^\s,()]+", header))[2:]
    word = words[random.integers(len(words))]
    text = TEXTS[random.integers(len(TEXTS))]
    path.write_bytes(header[: word.start()] + text.encode() + header[word.end() :] + rest)
    return Mutation(f"'{word.group().decode()}' is now '{text[:30]}'", path.name, False)


def long_line(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = folder / seed.read
    lines = path.read_bytes().split(b"\n", 8)
    at = int(random.integers(1, len(lines) - 1))
    lines[at] += b"A" * int(random.choice([1000, 2000, 100_000]))
    path.write_bytes(b"\n".join(lines))
    return Mutation(f"line {at} made long", path.name, False)


def neighbour(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    """Another acquisition beside it, under a name that readers mix up."""
    from IVDSegmentationLib.volume.write import write_volume

    names = [name for name in ("v.nii", "v.nii.gz", "v.mha", "v.nrrd") if name != seed.read]
    name = names[random.integers(len(names))]
    write_volume(volume_of("small", seed=99), folder / name)
    return Mutation(f"{name} put beside it", name, False, changed=False)


def dicom_value(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    """A value of a DICOM header, in the bytes: same length, other digits."""
    path = _file(folder, random)
    content = bytearray(path.read_bytes())
    numbers = list(re.finditer(rb"-?\d+\.\d+", bytes(content[:20_000])))
    if not numbers:
        return flip_bits(seed, folder, random)
    number = numbers[random.integers(len(numbers))]
    text = [b"0", b"-1", b"nan", b"inf", b"1e30", b"99999", b"7.5"][random.integers(7)]
    width = number.end() - number.start()
    content[number.start() : number.end()] = text[:width].ljust(width)
    path.write_bytes(content)
    return Mutation(f"'{number.group().decode()}' is now '{text.decode()}'", path.name, False)


def lost_file(seed: Seed, folder: Path, random: np.random.Generator) -> Mutation:
    path = _file(folder, random)
    path.unlink()
    return Mutation("removed", path.name, True)


Kind = Callable[[Seed, Path, np.random.Generator], Mutation]
ANY: tuple[Kind, ...] = (
    flip_bits,
    flip_bits,
    cut,
    zeros,
    insert,
    drop,
    append,
)


def mutations_for(seed: Seed) -> tuple[Kind, ...]:
    if seed.name.startswith("DICOM"):
        return (*ANY, dicom_value, dicom_value, *(() if "Enhanced" in seed.name else (lost_file,)))
    if seed.redundant:  # NIfTI
        return (*ANY, *[nifti_field] * 5, neighbour)
    return (*ANY, *[text_field] * 5, long_line, neighbour)
