"""A round: commands that are disturbed as a seed says, then twice in peace; and then it is as if nothing had been."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tests.chaos.picture import difference, picture
from tests.chaos.world import SCENES, SETTLE, Command, Scene, World, run
from tests.crash.forked import Forked, forked
from tests.crash.site import Machine, Ran

SYSTEMS = ("erp", "jira", "jira", "panel", "wiki")
"""Jira twice: it has most that can't be repeated."""
FOR_LONG = 1000
"""Requests that go wrong one after another: longer than anybody is patient."""
PAUSE = 2 * SETTLE
"""Seconds that a process is stopped: longer than others wait for what it began."""
ENDS = frozenset({0, 1, 4, 5})
"""How a disturbed run may end by itself: done, or it waits for somebody or something."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One run of a command, and what happens to it.

    Attributes:
        faults: As `/_sandbox/faults` takes them.
        latency: Seconds that each answer takes.
        signal: At which request the process is killed or stopped; None: it is not.
        lost: The machine's ledger is lost before; only where nothing came before, for with it goes who was a member
            and what was written last, and what has changed in the ERP since is not known from what people changed.
        together: Another machine runs the same at once; where this process is stopped, while it is.
    """

    command: Command
    machine: int = 0
    faults: tuple[Mapping[str, Any], ...] = ()
    latency: float = 0.0
    signal: Literal["kill", "stop"] | None = None
    at: int = 0
    lost: bool = False
    together: bool = False

    def __str__(self) -> str:
        lines = [f"machine {self.machine}: {' '.join(self.command)}"]
        lines += ["its ledger was lost"] * self.lost
        lines += [" ".join(f"{name}={value}" for name, value in fault.items()) for fault in self.faults]
        lines += [f"latency {self.latency}"] * bool(self.latency)
        lines += [f"{self.signal} at request {self.at}"] * bool(self.signal)
        lines += ["together with another machine"] * self.together
        return "; ".join(lines)


@dataclasses.dataclass(frozen=True)
class Script:
    """All of a round."""

    scene: Scene
    machines: int
    steps: tuple[Step, ...]


def script(seed: int) -> Script:
    """What happens in the round of this seed."""
    dice = random.Random(seed)  # noqa: S311  (nothing secret)
    scene = dice.choice(SCENES)
    machines = 2 if dice.random() < 0.4 else 1
    steps = [_step(dice, scene, command, machines) for _ in range(dice.choice((1, 1, 2))) for command in scene.commands]
    return Script(scene, machines, tuple(steps))


def _step(dice: random.Random, scene: Scene, command: Command, machines: int) -> Step:
    number = dice.choice((1, 2, 2, 3) if command[0] == "setup" else (0, 1, 1, 2))  # a set-up has most to lose
    faults = tuple(fault for _ in range(number) for fault in _faults(dice))
    ended: Any = dice.choice((None, None, "kill", "stop"))
    return Step(
        command,
        machine=dice.randrange(machines),
        faults=faults,
        latency=dice.choice((0.0, 0.0, 0.0, 0.02)),
        signal=ended,
        at=dice.randrange(40),
        lost=dice.random() < 0.06 and not scene.before,
        together=machines == 2 and dice.random() < 0.5,
    )


def _faults(dice: random.Random) -> Iterator[dict[str, Any]]:
    which: dict[str, Any] = {"system": dice.choice(SYSTEMS)}
    if dice.random() < 0.5:
        which["writes"] = True
    times, skip = dice.choice((1, 2, 6, FOR_LONG)), dice.randrange(8)
    kind = dice.choice(("drop_before", "drop_after", "drop_after", "cut", "status", "refused after lost"))
    if kind == "refused after lost":
        yield {"do": "drop_after", "skip": skip, "times": 1, **which}
        yield {"do": "status", "status": 403, "skip": skip, "times": times, **which}
    elif kind == "status":
        refused = {"status": dice.choice((429, 500, 502, 503)), "retry_after": dice.choice((None, 0.2))}
        yield {"do": "status", "skip": skip, "times": times, **refused, **which}
    else:
        yield {"do": kind, "skip": skip, "times": times, **which}


@dataclasses.dataclass
class Verdict:
    """What became of a round.

    Attributes:
        wrong: What is not as if nothing had been, in sentences; empty: all is well.
    """

    seed: int
    script: Script
    lines: list[str] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            [
                f"seed {self.seed}: {self.script.scene.name}, machines: {self.script.machines}",
                *(f"    {line}" for line in self.lines),
                *(f"  {line}" for line in self.wrong),
                f"  Again: make chaos SEED={self.seed} ROUNDS=1",
            ]
        )


def play(world: World, seed: int) -> Verdict:
    """Play the round of this seed."""
    verdict = Verdict(seed, script(seed))
    scene = verdict.script.scene
    # What a ticket lacked when it was written is known to the ledger alone.
    without = frozenset({"description"}) if any(step.lost for step in verdict.script.steps) else frozenset()
    wanted = picture(world.peace(scene), without=without)
    world.begin(scene)
    machines = [world.machine(scene, knows=number == 0) for number in range(verdict.script.machines)]
    for step in verdict.script.steps:
        runs = _disturbed(world, machines, step)
        verdict.lines.append(f"{step} -> {', '.join(str(ran.code) for ran in runs)}")
        verdict.wrong += [sentence for ran in runs for sentence in _strange(ran)]
        world.calm()
    time.sleep(SETTLE)
    _in_peace(machines, verdict)
    state = world.site.state()
    verdict.wrong += [f"twice: {sentence}" for sentence in state["duplicates"]]
    twins = len(machines) > 1 or any(step.signal == "stop" for step in verdict.script.steps)
    verdict.wrong += difference(picture(state, twins=twins, without=without), wanted)
    return verdict


def _in_peace(machines: list[Machine], verdict: Verdict) -> None:
    """Every machine runs everything twice; the second time there is nothing that waits."""
    for last in (False, True):
        for number, machine in enumerate(machines):
            for command in verdict.script.scene.commands:
                ran = run(machine, command)
                verdict.lines.append(f"machine {number} in peace: {' '.join(command)} -> {ran.code}")
                verdict.wrong += _strange(ran)
                if last and ran.code != 0:
                    verdict.wrong.append(f"{' '.join(command)} ended with {ran.code}: {ran.out} {ran.words}")


def _strange(ran: Ran) -> list[str]:
    """What no run may say, and how none may end."""
    text = ran.out + ran.words
    found = [f"said: {text}" for sign in ("Traceback", "mistake of ours") if sign in text]
    if ran.code not in ENDS and ran.code != -signal.SIGKILL:
        found.append(f"ended with {ran.code}: {text}")
    return found


def _disturbed(world: World, machines: list[Machine], step: Step) -> list[Ran]:
    machine = machines[step.machine]
    if step.lost and machine.ledger.exists():
        machine.lose_ledger()
    for fault in step.faults:
        world.site.fault(**fault)
    world.slow(step.latency)
    world.site.forget_requests()
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(forked(machine, *step.command))
        others = []
        if step.together and step.signal != "stop":
            others.append(stack.enter_context(forked(machines[1 - step.machine], *step.command)))
        reached = step.signal is not None and process.reaches(lambda: world.requests >= step.at)
        if reached and step.signal == "kill":
            process.kill()
        if reached and step.signal == "stop":
            _pause(process, machines[1 - step.machine] if step.together else None, step, others, stack)
        return [run.ended() for run in (process, *others)]


def _pause(
    process: Forked, other: Machine | None, step: Step, others: list[Forked], stack: contextlib.ExitStack
) -> None:
    process.send(signal.SIGSTOP)
    try:
        until = time.monotonic() + PAUSE
        if other is not None:
            others.append(stack.enter_context(forked(other, *step.command)))
            others[-1].ended()
        time.sleep(max(0.0, until - time.monotonic()))
    finally:
        process.send(signal.SIGCONT)


def summary(verdicts: list[Verdict]) -> str:
    """How many rounds of which scene failed."""
    scenes = Counter(verdict.script.scene.name for verdict in verdicts)
    wrong = Counter(verdict.script.scene.name for verdict in verdicts if verdict.wrong)
    counts = ", ".join(f"{name} {wrong[name]} of {number}" for name, number in sorted(scenes.items()))
    return f"{sum(wrong.values())} of {len(verdicts)} rounds did not end as if nothing had been ({counts})"
