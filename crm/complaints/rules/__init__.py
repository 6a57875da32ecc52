"""Words, severity, policy, clocks, spread, ladder, and the replay that decides everything.

Nothing here knows the database or the time of day: state is what the events say, and only that.
"""
