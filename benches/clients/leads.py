"""What both clients delete."""

KEY = "bench-account:bench-secret"
PEARL = "64f0c0ffee64f0c0ffee64f0"


def batches(targets, batch):
    for first in range(0, targets, batch):
        yield [f"{index:024x}" for index in range(first, min(first + batch, targets))]
