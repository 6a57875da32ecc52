"""Group chats: who speaks in them, what was said, and what nobody has answered.

Knows no contact by name and no complaint: both stand above. Matches and scores are passed in with
the lines.
"""
