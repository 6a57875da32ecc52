"""Spreadsheets and csv files, whatever they hold: bytes in, a header and numbered rows out."""

from crm.integrations.formats.tables.cells import Cell, UnreadableCell
from crm.integrations.formats.tables.problems import CellProblem, FileProblem, UnreadableFile
from crm.integrations.formats.tables.reading import Cells, Table, fold, letters, read_table

__all__ = [
    "Cell",
    "CellProblem",
    "Cells",
    "FileProblem",
    "Table",
    "UnreadableCell",
    "UnreadableFile",
    "fold",
    "letters",
    "read_table",
]
