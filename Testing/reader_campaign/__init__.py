"""A mutation campaign over the readers: files of every format are damaged, and what the readers make of them is judged.

Short in the fast tests (``Testing/unit/test_reader_campaign.py``), long by hand:

    python Testing/reader_campaign --minutes 4 --seed 7
"""
