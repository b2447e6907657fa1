"""`python -m tests.chaos`: many rounds; each that fails is told with how to repeat it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from integrations.sandbox.thread import running
from tests.chaos.rounds import play, summary
from tests.chaos.world import World


def main() -> int:
    """Play the rounds of consecutive seeds; 1 if any did not end as if nothing had been."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first round's")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory() as folder, running() as box:
        world = World(box, Path(folder))
        for seed in range(options.seed, options.seed + options.rounds):
            verdicts.append(play(world, seed))
            if verdicts[-1].wrong or options.rounds == 1:
                print(verdicts[-1], flush=True)
            else:
                print(f"seed {seed}: well", flush=True)
    print(summary(verdicts))
    return int(any(verdict.wrong for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
