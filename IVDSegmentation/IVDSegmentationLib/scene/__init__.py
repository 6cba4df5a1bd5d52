"""Results as nodes of a Slicer scene, and back. Needs ``slicer`` and ``vtk``; never torch, and no widget.

==================  =====================================================================
``volumes``         volume node -> Volume, the volume to begin with, Volume -> node
``nodes``           ResultNodes: the nodes of one result, and how they are found again
``create``          SegmentationResult -> nodes
``update``          SegmentationResult -> nodes that are there already (one undo step)
``readback``        nodes -> SegmentationResult, whatever the user edited
``edits``           has somebody edited this result?
``undo``            undo and redo of everything above
``terminology``     codes of the segments, our .term.json
``views``           jump to a disc, select its segment, lay out the views
``plots``           measurements as table and plots
``export``          DICOM SEG, label map, centres, CSV
``sample``          the phantom of the tutorial
==================  =====================================================================
"""
