"""The tab Cohort: many scans in one run, and a worklist that brings the reader to the doubtful ones."""
