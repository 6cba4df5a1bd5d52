"""Results as nodes of a Slicer scene, and back. Needs ``slicer`` and ``vtk``; never torch, and no widget.

================  =====================================================================
``volumes``       volume node -> Volume, the volume to begin with, Volume -> node
``nodes``         ResultNodes: the nodes of one result, their folder, how they are found again
``result``        nodes -> SegmentationResult, whatever the user edited; one snapshot of the voxels for each state
``write``         SegmentationResult -> nodes, new ones or in place (one undo step)
``history``       undo and redo of everything above, what a person accepted
``measurements``  measurements of the discs as they are now
``terminology``   codes of the segments, our .term.json
``views``         jump to a disc, select its segment, lay out the views along the spine
``snapshot``      the paper's figure
``plots``         height and signal by level
``export``        DICOM SEG, label map, segmentation, centres, CSV
``sample``        the phantom of the tutorial
================  =====================================================================

Below them: ``segments``, ``centres``, ``table``, ``run_record`` (one kind of node each), ``geometry``, ``spine_frame``
and ``names`` (everything that is written into a scene by name).
"""
