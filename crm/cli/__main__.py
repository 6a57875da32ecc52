"""Lets `python -m crm.cli` be the console script, for run.py and for child processes."""

from crm.cli import main

main()
