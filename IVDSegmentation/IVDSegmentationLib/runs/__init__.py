"""One training run as its settings and its folder: plan, configuration, state, curves, estimate. No torch."""
