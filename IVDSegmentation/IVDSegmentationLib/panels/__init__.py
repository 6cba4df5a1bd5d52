"""The panel: widgets and what drives them. Needs ``slicer`` and ``qt``; never torch.

==================  =====================================================================
``signal``          Signal: a plain Python one, since qt.Signal is not safe under PythonQt
``session``         what all tabs share: volume, result, worker, signals
``tabs``            which tabs there are; a tab is shown once its module exists
``parameters``      the parameter node
``interpreter``     which Python runs the worker, and its environment
``worker_process``  the worker as a QProcess
``segment_job``     one run: volume -> worker -> nodes
``segment_tab``     the tab Segment
``result_list``     the table of discs
``review_tab``      the tab Review; ``review_list`` its list, ``review_actions`` its corrections with undo
``review_modes``    what a click into the views does; ``review_place`` points, ``review_marks`` marks on a border
``review_watch``    notices edits by hand; ``review_editor`` the embedded Segment Editor
``review_files``    snapshot, report, export; ``review_teach`` 'Add to training set'
``message_area``    warnings and errors in words, with details to copy
``words``           what stages, devices, flags are called
``questions``       the questions that are asked
``dependencies``    is torch there, whole? installs it; ``dependency_panel`` shows it
==================  =====================================================================
"""
