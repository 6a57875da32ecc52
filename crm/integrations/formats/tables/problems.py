"""Why a whole file or one of its cells cannot be read."""

import enum


class CellProblem(enum.StrEnum):
    """What is wrong with a cell; whoever reads the file has the sentence."""

    DIGITS_LOST = "digits_lost"
    BAD_TIME = "bad_time"
    BAD_AMOUNT = "bad_amount"
    BAD_QUANTITY = "bad_quantity"
    BAD_PHONE = "bad_phone"


class FileProblem(enum.StrEnum):
    """Why a whole file cannot be read; the words are `integrations.file.*`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_TABLE = "not_a_table"
    OLD_EXCEL = "old_excel"
    UNKNOWN_ENCODING = "unknown_encoding"
    OPEN_QUOTE = "open_quote"
    NO_HEADER = "no_header"
    TOO_MANY_ROWS = "too_many_rows"


class UnreadableFile(Exception):
    """The file is no such table; `missing` names the columns that were looked for in vain."""

    def __init__(self, problem: FileProblem, *, missing: tuple[str, ...] = ()) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.missing = missing
