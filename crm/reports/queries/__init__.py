"""Every select of the results page; it writes nothing."""

from crm.reports.queries.answers import FirstAnswers, complaint_lines, first_answers
from crm.reports.queries.attention import AttentionReport, attention
from crm.reports.queries.deadlines import deadlines
from crm.reports.queries.lists import ListsReport, list_results
from crm.reports.queries.moves import MovesReport, moves
from crm.reports.queries.orders import Event, OrdersReport, weekly_orders

__all__ = [
    "AttentionReport",
    "Event",
    "FirstAnswers",
    "ListsReport",
    "MovesReport",
    "OrdersReport",
    "attention",
    "complaint_lines",
    "deadlines",
    "first_answers",
    "list_results",
    "moves",
    "weekly_orders",
]
