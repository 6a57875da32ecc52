"""The resources of /api/v1, one file each."""

from flask import Flask

from crm.api.views import (
    alerts,
    base,
    campaigns,
    complaints,
    contacts,
    groups,
    merges,
    privacy,
    stores,
    touches,
    trade,
)

RESOURCES = (
    *(stores, contacts, merges, privacy, touches),
    *(groups, complaints, alerts, trade, campaigns),
)


def init_app(app: Flask) -> None:
    """Put the API into the application."""
    base.init_app(app, [resource.bp for resource in RESOURCES])
