"""Which part of the body the header of a file names: one table of words in the languages that headers are written in.

Only what stands in this table is kept of a header: descriptions may hold anything, a patient's name too.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DICOM_KEYWORDS = ("BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName")
"""Where a header names the body part, besides AnatomicRegionSequence (0008,2218). The same are the keys of a BIDS sidecar."""
REGION_SEQUENCE = "AnatomicRegionSequence"
_LARGEST_SIDECAR = 1_000_000
"""Bytes of a JSON file beside an image; those of dcm2niix have a few thousand."""


@dataclass(frozen=True)
class BodyPart:
    """``regions``: first letters of the vertebrae that a scan of it may show, '' for none. ``words``: a regular expression of
    the words that mean it, in lower case and without accents."""

    name: str
    regions: str
    words: str
    is_spine: bool = False


# English (the defined terms of DICOM PS3.16, table L-1, too), German, French, Spanish, Italian, Portuguese, Dutch, Chinese and
# Japanese.
_PARTS = (
    BodyPart(
        "cervical spine",
        "C",
        r"c ?spine|ctspine|cervic(al|ale|ales|aal|o|othoracic)|hws|halswirbel\w*|cwk|颈椎|頸椎|頚椎",
        is_spine=True,
    ),
    BodyPart(
        "thoracic spine",
        "T",
        r"t ?spine|ctspine|tl ?spine|(cervico)?thoracic spine|cervicothoracic|thoraco ?lumb\w+|dorsal spine|bws|brustwirbel\w*"
        r"|(rachis|columna|rachide|colonna|coluna) (dorsale?|toracic[ao]|thoracique)|twk|胸椎",
        is_spine=True,
    ),
    BodyPart(
        "lumbar spine",
        "LS",
        r"l ?spine|ls ?spine|lss ?spine|tl ?spine|(thoraco ?)?lumb(al|ale|ar|aire|o|osacral)|lomb(aire|are|ar)|lombosacr\w+"
        r"|lws|lendenwirbel\w*|lwk|腰椎|腰骶",
        is_spine=True,
    ),
    BodyPart(
        "sacrum",
        "LS",
        r"sspine|sacrum|sacral|sacro|sacroiliac|coccyx|kreuzbein|steissbein|isg|sij|骶骨|骶髂|仙骨",
        is_spine=True,
    ),
    BodyPart(
        "head",
        "C",
        r"head(?! first)|brain|skull|orbits?|face|sinus(es)?|pituitary|tmj|kopf|scha?e?del|hirn|gehirn|hypophyse|tete|cerveau"
        r"|crane|encephale|cabeza|cerebro|craneo|testa|cranio|cervello|encefalo|cabeca|hoofd|hersenen|头|頭|颅|脑|脳",
    ),
    BodyPart("neck", "CT", r"neck|headneck|hals|larynx|thyroid|carotids?|cou|cuello|collo|pescoco|nek|颈部|頸部"),
    BodyPart(
        "chest",
        "CTL",
        r"chest|thorax|lungs?|heart|cardiac|herz|lunge|coeur|corazon|torax|torace|cuore|mediastinum|胸部|心臓|心脏",
    ),
    BodyPart(
        "abdomen",
        "TLS",
        r"abdomen|abdominal|liver|kidneys?|pancreas|mrcp|spleen|leber|nieren?|bauch|oberbauch|foie|higado|fegato|addome|abdome|buik"
        r"|腹|肝",
    ),
    BodyPart(
        "pelvis",
        "LS",
        r"pelvis|pelvic|prostat\w*|uterus|rectum|rektum|bladder|becken|bassin|pelvien|bacino|pelve|bekken|骨盆|骨盤",
    ),
    BodyPart("hip", "LS", r"hips?|hu?e?fte|hanche|cadera|quadril|heup|髋|股関節"),
    BodyPart("breast", "", r"breasts?|mammae?|mammografie|brust|sein|mama|mammella|borst|乳"),
    BodyPart("shoulder", "", r"shoulders?|schulter|epaule|hombro|spalla|ombro|schouder|肩"),
    BodyPart("knee", "", r"knees?|knie|kniegelenk|genou|rodilla|ginocchio|joelho|膝"),
    BodyPart(
        "limb",
        "",
        r"extremity|leg|arm|thigh|calf|femur|tibia|humerus|forearm|elbow|wrist|hand|fingers?|ankle|foot|feet|toes?|achilles"
        r"|oberschenkel|unterschenkel|oberarm|unterarm|ellenbogen|handgelenk|sprunggelenk|fuss|vorfuss|cuisse|jambe|coude|poignet"
        r"|cheville|pied|muslo|pierna|codo|muneca|tobillo|coscia|gamba|gomito|polso|caviglia|piede|coxa|perna|cotovelo|punho"
        r"|tornozelo|elleboog|pols|enkel|voet|肘|手関節|手腕|踝|足部|足関節",
    ),
)
_ANY_SPINE = r"spine|spinal|ws|wirbelsa?e?ule|rachis|columna|rachide|colonna|coluna|wervelkolom|脊柱|脊椎"
_PATTERNS = {part.name: re.compile(rf"(?<![a-z])({part.words})(?![a-z])") for part in _PARTS}
_ANY_SPINE_PATTERN = re.compile(rf"(?<![a-z])({_ANY_SPINE})(?![a-z])")
PARTS: dict[str, BodyPart] = {part.name: part for part in _PARTS}
"""Name -> body part."""


def body_parts_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Names (keys of ``PARTS``) of the body parts that texts of a header name; () where they name none, or just 'spine'."""
    text = " | ".join(_plain(text) for text in texts)
    named = tuple(name for name, pattern in _PATTERNS.items() if pattern.search(text))
    if _ANY_SPINE_PATTERN.search(text) and not any(PARTS[name].is_spine for name in named):
        return ()
    return named


def body_parts_of_sidecar(image: Path) -> tuple[str, ...]:
    """What the JSON file beside a NIfTI image says, as dcm2niix and BIDS write it; () where there is none that can be read."""
    path = image.with_name(re.sub(r"\.nii(\.gz)?$", "", image.name, flags=re.IGNORECASE) + ".json")
    try:
        if path == image or path.stat().st_size > _LARGEST_SIDECAR:
            return ()
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    values = [content.get(key) for key in DICOM_KEYWORDS] if isinstance(content, dict) else []
    return body_parts_of(value for value in values if isinstance(value, str))


def _plain(text: str) -> str:
    """Lower case, no accents, one blank for each run of other characters and between Latin and other letters."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    without = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", without))
    return re.sub(r"(?<=[^\x00-\x7f])(?=[a-z])|(?<=[a-z])(?=[^\x00-\x7f])", " ", words)
