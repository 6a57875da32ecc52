"""Alerts: an outbox that loses nothing, an inbox that shows nothing twice."""
