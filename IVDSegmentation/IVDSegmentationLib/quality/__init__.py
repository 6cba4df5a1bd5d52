"""How good an outline is: an estimate of Dice and surface distance for each disc, from what a run has at hand.

``evidence``  what the network left around the discs, cut out once
``features``  numbers that tell a good outline from a poor one
``shapes``    size and form, and what is usual at each level
``trees``     boosted trees as plain numbers
``estimate``  the model, and the outlines' grades
"""

from .estimate import OutlineModel, judge_outlines, outline_model_of

__all__ = ["OutlineModel", "judge_outlines", "outline_model_of"]
