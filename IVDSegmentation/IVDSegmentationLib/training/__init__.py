"""Teaches a network: cases, augmentation, loss, the loop with its checkpoints. Its modules import torch."""
