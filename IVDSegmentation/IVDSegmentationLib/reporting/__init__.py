"""A one-page HTML report of a result, for the panel and the command line."""

from .page import report_page, write_report_page

__all__ = ["report_page", "write_report_page"]
