"""Labelled cases on disk: the folder of one case, the store of many, label maps, checks, import, thumbnails. No torch."""

from .folder import RealCase, case_folders, load_label_case, load_labels, load_real_case

__all__ = ["RealCase", "case_folders", "load_label_case", "load_labels", "load_real_case"]
