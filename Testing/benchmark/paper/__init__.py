"""The paper's networks trained by its recipe and by that recipe's repairs; see PAPER.md."""
