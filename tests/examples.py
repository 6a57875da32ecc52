"""How many examples the laws try: few at a time, all of them with `--hypothesis-profile=full`."""

from hypothesis import HealthCheck, settings

FULL = "full"
settings.register_profile(FULL, deadline=None)


def examples(few: int, full: int, steps: int = 50) -> settings:
    """Settings of a law: the number of its examples, and of the steps of a run."""
    is_full = settings.get_current_profile_name() == FULL
    return settings(
        max_examples=full if is_full else few,
        stateful_step_count=steps if is_full else steps // 2,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
