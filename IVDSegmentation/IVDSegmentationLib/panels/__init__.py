"""The panel: widgets and what drives them. Needs ``slicer`` and ``qt``; never torch.

===========  ====================================================================================
``tabs``     which tabs there are
``segment``  the tab Segment: one run, from the volume over the worker to the nodes; table of discs
``review``   the tab Review: corrections with undo, clicks into the views, report and export
``train``    the tab Train: cases, settings, the run, what came of it
``shared``   what the tabs share: session, worker process, messages, dialogs, parameter node
===========  ====================================================================================
"""
