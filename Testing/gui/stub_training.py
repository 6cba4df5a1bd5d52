"""Stands for ``python -m IVDSegmentationLib train …`` where a test is about the panel: states, pause, stop; no torch.

``write_package`` makes a package of that name, so that the panel's own command line starts it.
"""

from __future__ import annotations

from pathlib import Path

STEPS = 40

MAIN = f'''
import json, os, platform, sys, time
from pathlib import Path

if "--estimate" in sys.argv or "--use" in sys.argv or sys.argv[1] != "train":
    print("ivdseg: this is only a stand-in")
    sys.exit(1)
folder = Path(sys.argv[2]).parent
control, alive = folder / "control", folder / "alive"
alive.touch()

def write(state, step=0, message=""):
    alive.touch()
    content = dict(state=state, step=step, steps={STEPS}, pid=os.getpid(), host=platform.node(), message=message)
    part = folder / "state.part"
    part.write_text(json.dumps(content))
    part.replace(folder / "state.json")

write("preparing")
step = 0
while step < {STEPS}:
    word = control.read_text().strip() if control.exists() else "run"
    if word in ("stop", "quit"):
        break
    write("paused" if word == "pause" else "training", step)
    step += word != "pause"
    time.sleep(0.02)
write("done" if step == {STEPS} else "stopped", step)
alive.unlink()
'''


def write_package(folder: Path) -> Path:
    """The folder to put on PYTHONPATH."""
    package = folder / "IVDSegmentationLib"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(MAIN)
    return folder
