"""Import this first: the library from this checkout, and a stand-in for SimpleITK where a training machine has none (nothing is
read from image files there)."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

try:
    import SimpleITK  # noqa: F401
except ImportError:

    class _Absent(ModuleType):
        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (), {})

    sys.modules["SimpleITK"] = _Absent("SimpleITK")
