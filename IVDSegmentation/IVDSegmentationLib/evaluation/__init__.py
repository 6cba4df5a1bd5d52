"""The paper's metrics on label maps: localization, overlap, surface distance, missed and false discs, level errors."""

from .scores import CaseScore, DiscScore, FalseDisc, score_case
from .summary import SetScore, scores_as_json, scores_as_table, summarise, summarise_levels

__all__ = [
    "CaseScore",
    "DiscScore",
    "FalseDisc",
    "SetScore",
    "score_case",
    "scores_as_json",
    "scores_as_table",
    "summarise",
    "summarise_levels",
]
