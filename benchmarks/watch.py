"""`python -S benchmarks/watch.py FILE COMMAND…`: run a command and write what it used into a file, as JSON.

A process's peak memory begins with that of the process which started it: Linux carries it over an `exec`. So what is
measured is started from here, where next to nothing is imported, and not from a benchmark that has grown itself.
"""

import os
import sys
import time


def main(file: str, command: list[str]) -> int:
    """Run it; gives its exit code."""
    begun = time.perf_counter()
    number = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(number, 0)
    seconds = time.perf_counter() - begun
    used = f'"processor_seconds": {usage.ru_utime + usage.ru_stime}, "peak_mb": {usage.ru_maxrss / 1024}'
    with open(file, "w", encoding="utf-8") as written:  # noqa: PTH123  (pathlib alone is several megabytes)
        written.write(f'{{"seconds": {seconds}, {used}}}')
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
