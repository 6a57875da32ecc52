"""Pages of group chats: list, group, paste, members."""

from flask import Blueprint

from crm.groups.rules import mask_phones

bp = Blueprint("groups", __name__)
bp.add_app_template_filter(mask_phones, "masked")

from crm.workbench.views.groups import items, members, pages, paste  # noqa: E402, F401  they register on bp
