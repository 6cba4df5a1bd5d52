"""Turns a training checkpoint, or a model file, into the bundled model with its card.

python Testing/benchmark/publish_model.py runs/main/checkpoint.pt --version 1.0.0 --temperature 1.2
python Testing/benchmark/publish_model.py NEW.safetensors --version 2.0.0 --temperature 3 --metrics '{"validation": {}}'
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "IVDSegmentation"))

from IVDSegmentationLib.network.registry import build_network  # noqa: E402
from IVDSegmentationLib.network.weights import DEFAULT_NAME, ENDING, ModelCard, load_model, save_model  # noqa: E402
from IVDSegmentationLib.training.checkpoint import load_checkpoint  # noqa: E402

TRAINING_DATA = (
    "45 real sagittal MR volumes: SPIDER (23, T2 SPACE mid-line slabs, manual discs), VB2 (8, T2 TSE), VB1 (5, T1 and TIRM), "
    "VB3 (9, water-fat gradient echo); discs of VB1-3 derived from manual vertebral bodies. L5-S1 of VB2 and VB3 from an "
    "earlier checkpoint of the same model (self-training). More than half of the patches from 1500 generated volumes: "
    "phantoms of the lumbar, thoracic, cervical and whole spine and of the head with the upper neck, and volumes without a "
    "spine (random shapes, heads, joints, breasts, the body beside the spine, test objects, noise, air); parts of the real "
    "scans without discs. The head that tells the place along the spine: 22 of the real scans (21 of SPIDER, one of VB1) and "
    "682 other phantoms; the one for a magnified neck: the necks of 531 of these phantoms."
)
CITATIONS = (
    "Method: Chen H, Dou Q, Wang X, Qin J, Cheng JCY, Heng PA. 3D Fully Convolutional Networks for Intervertebral Disc "
    "Localization and Segmentation. MIAR 2016.",
    "SPIDER: van der Graaf JW et al. Sci Data 2024, doi 10.1038/s41597-024-03090-w, CC BY 4.0.",
    "VB2: Chu C et al. PLoS ONE 2015;10(11):e0143327. Upstream licence not verified.",
    "VB1: Zukic D et al. Computer Graphics Forum 2014;33:190-204, doi 10.1111/cgf.12343. Upstream licence not verified.",
    "VB3: Burian E et al. BMC Musculoskelet Disord 2019;20:152, doi 10.1186/s12891-019-2528-x. Upstream licence not verified.",
)
LIMITS = (
    "Validated on real scans: sagittal lumbar and lower thoracic MR, L5-S1 to T9-T10, T2 mostly, few T1, TIRM and water-fat "
    "scans of few people. On generated scans only: discs above T9-T10 (Testing/benchmark/WHOLE_SPINE.md has the shares that "
    "are found and named), volumes without a spine, axial and coronal stacks, discs after surgery. Levels are counted from the "
    "sacrum or from the dens: six or four lumbar vertebrae and other transitional spines need the reader's eye. Whole L5-S1 "
    "discs and scoliosis are rare in the real training data."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--arguments", type=json.loads, default={}, help='JSON: sizes, such as {"fine_width": 32}')
    parser.add_argument("--temperature", type=float, default=1.0, help="of the levels' confidence (level_reliability.py)")
    parser.add_argument("--metrics", default="{}", help="JSON: figures on the validation split")
    args = parser.parse_args()
    if args.checkpoint.suffix == ENDING:
        network, old = load_model(args.checkpoint)
        arguments, made = old.arguments, {}
    else:
        state = load_checkpoint(args.checkpoint)
        arguments, made = args.arguments, {"training_steps": int(state["step"])}
        network = build_network("discnet", arguments)
        network.load_state_dict(state.get("average", state["network"]))
    card = ModelCard(
        name=DEFAULT_NAME,
        version=args.version,
        network="discnet",
        arguments=arguments,
        training_data=TRAINING_DATA,
        metrics=made | json.loads(args.metrics),
        licence="Apache-2.0 for the weights as made here; see the citations for the terms of the training data",
        citations=CITATIONS,
        limits=LIMITS,
        created=str(datetime.date.today()),
        level_temperature=args.temperature,
    )
    path = ROOT / "IVDSegmentation" / "Resources" / "Models" / (DEFAULT_NAME + ENDING)
    path.parent.mkdir(parents=True, exist_ok=True)
    card = save_model(network.eval(), card, path)
    print(f"{path.name}: version {card.version}, {path.stat().st_size / 1e6:.2f} MB, SHA-256 {card.sha256}")


if __name__ == "__main__":
    main()
