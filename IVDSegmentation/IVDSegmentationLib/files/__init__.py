"""Files that are complete or not there at all, folders that are replaced as a whole, JSON, and system errors as sentences."""

from .atomic import (
    atomic_file,
    make_scratch_folder,
    remove_leftovers,
    remove_scratch_folder,
    whole_folder,
    write_bytes,
    write_text,
)
from .json_files import json_text, plain_json, read_json, write_json
from .system_errors import has_plain_name, list_folder, make_folder, reason_of

__all__ = [
    "atomic_file",
    "has_plain_name",
    "json_text",
    "list_folder",
    "make_folder",
    "make_scratch_folder",
    "plain_json",
    "read_json",
    "reason_of",
    "remove_leftovers",
    "remove_scratch_folder",
    "whole_folder",
    "write_bytes",
    "write_json",
    "write_text",
]
