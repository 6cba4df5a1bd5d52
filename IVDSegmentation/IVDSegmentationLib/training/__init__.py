"""Trains a network: augmentation, loss, the loop with its checkpoints, the judgement. Its modules import torch."""
