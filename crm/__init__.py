"""熟客 Shuke: the customer book of a small shop that lives in private channels.

Domain order
Decision (accepted): packages form one stack; a package imports only what stands below it.
Context: lists must leave out people with an open complaint, limits depend on loyalty, loyalty on
orders. Without one order these needs grow into a ring.
Consequences: an upward need is met by passing a value or a function in. The stack is the contract
`domains` in pyproject.toml; a new package must be placed there or the build fails.
"""

__version__ = "0.1.0"
