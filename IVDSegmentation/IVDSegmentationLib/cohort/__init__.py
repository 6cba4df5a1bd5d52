"""Many scans in one run: what there is to do, what was done, and tables over all of it."""
