"""Everything that the panel shows can be translated, and what the library says is translated on its way to the panel."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import update_translations as tool  # noqa: E402

UPDATE = "run: python tools/update_translations.py"


def test_the_texts_of_the_library_are_up_to_date():
    assert tool.LIBRARY_TEXTS.read_text(encoding="utf-8") == tool.library_texts_file(), UPDATE


def test_the_ts_file_holds_every_text():
    kept = tool.ts_texts(tool.TRANSLATIONS)
    for context, texts in tool.panel_texts().items():
        missing = texts - kept.get(context, set())
        assert not missing, f"{context}: {sorted(missing)}; {UPDATE}"
    assert kept == tool.panel_texts(), f"texts that are not shown any more; {UPDATE}"


def test_lupdate_finds_every_text(tmp_path):
    """Qt's own extractor, on a new file."""
    try:
        tool.write_ts(tmp_path / "new.ts")
    except FileNotFoundError:
        pytest.skip("lupdate is not installed")
    assert tool.ts_texts(tmp_path / "new.ts") == tool.panel_texts()


@pytest.mark.parametrize(
    "code", ["_(names.get(flag))", '_(f"{count} discs")', '_("one" if count == 1 else "many")', '_("{x}".format(x=1))']
)
def test_a_text_that_cannot_be_extracted_is_refused(code, tmp_path, monkeypatch):
    (tmp_path / "tab.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(tool, "_code_files", lambda: [tmp_path / "tab.py"])
    with pytest.raises(ValueError, match="only a plain text"):
        tool.code_texts()


@pytest.fixture
def shouting(host, monkeypatch):
    """A language of capital letters; placeholders stay as they are."""
    import re
    import types

    from IVDSegmentationLib.panels.shared import translation

    def tr(text: str) -> str:
        return re.sub(r"[^{}]+(?![^{]*\})", lambda match: match.group().upper(), text)

    monkeypatch.setattr(translation, "i18n", types.SimpleNamespace(tr=tr))
    translation._templates.cache_clear()
    yield translation.translated
    translation._templates.cache_clear()


def test_errors_of_the_library_are_translated(shouting):
    from IVDSegmentationLib.errors import InputError
    from IVDSegmentationLib.scene.volumes import volume_of_node

    with pytest.raises(InputError) as caught:
        volume_of_node(None)
    assert shouting(str(caught.value)) == str(caught.value).upper()
    reason = "No disc is labelled, so the case cannot be used for training. Add a segmentation with at least one disc."
    message = f"The case case-002 cannot be used: {reason} Or leave this case out."
    assert shouting(message) == message.upper().replace("CASE-002", "case-002"), "a reason within a message, too"


def test_values_stay_as_they_are(shouting):
    assert shouting("The volume 'T2 tse' has no voxels. Load it again.") == "THE VOLUME 'T2 tse' HAS NO VOXELS. LOAD IT AGAIN."
    two = "The volume is empty: it has no voxels. Load or export it again. The marks lie outside of the volume."
    assert shouting(two) == two.upper(), "two messages in one line"
    assert shouting("Something that nobody wrote down.") == "Something that nobody wrote down."


def test_advice_and_errors_reach_the_panel_translated(shouting, stub_panel):
    from IVDSegmentationLib.panels.shared.message_area import Kind
    from IVDSegmentationLib.spine.advice import Advice, AdviceCode

    tab = stub_panel.tabs[0]
    advice = Advice(AdviceCode.MISSING, ("L4-L5", "L2-L3"))
    tab.messages.show(Kind.WARNING, [advice.text])
    assert tab.messages.text == "A DISC SEEMS TO BE MISSING BETWEEN L4-L5 AND L2-L3. ADD IT WITH ONE POINT."


def test_texts_without_a_translation_stay_english(host):
    from IVDSegmentationLib.panels.shared.translation import translated

    assert translated("The marks lie outside of the volume.") == "The marks lie outside of the volume."
