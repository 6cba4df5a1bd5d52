"""Mutants of the Slicer side: the scene and the panels."""

from __future__ import annotations

from .mutant import mutant

MUTANTS = (
    # ---- scene and panels
    mutant(
        "redo kept after a new edit",
        "scene/history.py",
        "    del history.states[history.present + 1 :]\n",
        "",
        "scene/test_scene_edits.py",
    ),
    mutant(
        "letters of left and right swapped in the panel",
        "panels/shared/texts.py",
        '_SIDES = (("R", "L"), ("A", "P"), ("I", "S"))',
        '_SIDES = (("L", "R"), ("A", "P"), ("I", "S"))',
        "gui/test_segment_tab.py",
    ),
    mutant(
        "letters of front and back swapped in the panel",
        "panels/shared/texts.py",
        '("A", "P"), ("I", "S"))',
        '("P", "A"), ("I", "S"))',
        "gui/test_segment_tab.py",
    ),
    mutant(
        "letters of head and feet swapped in the panel",
        "panels/shared/texts.py",
        '("I", "S"))',
        '("S", "I"))',
        "gui/test_segment_tab.py",
    ),
    mutant(
        "a placed point is handled inside its event",
        "panels/review/placing.py",
        "self._observers.add(node, node.PointPositionDefinedEvent",
        "self._observers.add_note(node, node.PointPositionDefinedEvent",
        "gui/review/test_review_clicks.py",
    ),
    mutant(
        "the end of place mode is handled inside its event",
        "panels/review/placing.py",
        "self._observers.add(interaction,",
        "self._observers.add_note(interaction,",
        "gui/review/test_review_clicks.py",
    ),
    mutant(
        "a dragged centre is handled inside its event",
        "panels/review/node_watch.py",
        "self._observers.add(nodes.centres,",
        "self._observers.add_note(nodes.centres,",
        "gui/review/test_observers.py",
    ),
    mutant(
        "dragged centres are not looked for",
        "scene/centres.py",
        "np.linalg.norm(known[label] - position) > CENTRE_TOLERANCE_MM",
        "False",
        "gui/review/test_review_corrections.py",
    ),
    mutant(
        "the selection stays with the label value",
        "panels/review/disc_list.py",
        "            if segment_id == before:",
        "            if segment_id == before and label == 3:",
        "gui/review/test_review_clicks.py",
    ),
    mutant(
        "a stroke takes back every acceptance",
        "scene/write.py",
        "            if segment_id in changed:\n                set_reviewed",
        "            if True:\n                set_reviewed",
        "scene/test_scene_edits.py",
    ),
    mutant(
        "a correction takes back every acceptance",
        "scene/write.py",
        "            if outline not in outlines:",
        "            if True:",
        "scene/test_scene_edits.py",
    ),
    mutant(
        "undo forgets what was accepted",
        "scene/history.py",
        "            if outline in accepted:",
        "            if False:",
        "scene/test_scene_edits.py",
    ),
    mutant(
        "IDs of points are given out twice after an undo",
        "scene/history.py",
        "        nodes.centres.SetLastUsedControlPointNumber(counted)",
        "        pass",
        "scene/test_scene_edits.py",
    ),
    mutant(
        "a painted voxel is not noticed",
        "scene/result.py",
        "image.GetMTime() if image is not None else 0",
        "0",
        "scene/test_scene_edits.py",
    ),
    mutant(
        "edits by hand are lost when another result is shown",
        "panels/review/node_watch.py",
        "                self._left.append(before)",
        "                pass",
        "gui/review/test_review_clicks.py",
    ),
    mutant(
        "centres of the result before stay unlocked",
        "panels/review/click_modes.py",
        "            self._unlocked.SetLocked(True)",
        "            pass",
        "gui/review/test_review_clicks.py",
    ),
    mutant(
        "a result that Slicer put at the top stays there",
        "scene/nodes.py",
        "        if parent in (0, top):",
        "        if False:",
        "gui/review/test_review_files.py",
    ),
    mutant(
        "an error in an observer stays in the log",
        "panels/shared/signal.py",
        "            _report(error, traceback.format_exc())",
        "            pass",
        "gui/review/test_review_clicks.py",
    ),
)
