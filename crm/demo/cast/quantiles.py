"""First answers as evenly spaced quantiles, so that their medians are the same on every seed."""

from math import exp, log
from random import Random
from statistics import NormalDist


def answer_minutes(median: float, sigma: float, count: int, rng: Random) -> list[float]:
    """Return `count` log-normal minutes at the quantiles (i + 1/2) / count, shuffled."""
    normal = NormalDist(log(median), sigma)
    minutes = [exp(normal.inv_cdf((i + 0.5) / count)) for i in range(count)]
    rng.shuffle(minutes)
    return minutes
