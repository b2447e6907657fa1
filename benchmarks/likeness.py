"""Likeness over very many companies: the list that a run makes of them once, and who is looked up in it."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from benchmarks.figures import goal
from benchmarks.process import required
from integrations.core.likeness import Features, Index, likeness

COMPANIES, LOOKUPS = 100_000, 2_000
BUILD_SECONDS, LOOKUP_MS, PEAK_MB = 8, 1, 150
"""Of the processor: how busy the machine is does not matter."""
FIRST = ("Käserei", "Treuhand", "Holzbau", "Uhren", "Bergbahnen", "Logistik", "Spital", "Verlag", "Garage", "Ärztehaus")
LAST = ("Müller", "Zürcher", "Lüscher", "Meier & Söhne", "Dubois", "Bernasconi", "Brunner", "Wyss", "Keller", "Graf")
FORMS = ("AG", "GmbH", "Sàrl", "SA", "KlG", "S.p.A.", "& Co. KG", "Ltd", "")


def measure() -> dict[str, Any]:
    """Measure in a process of its own, so that the peak is its own."""
    measured: dict[str, float] = json.loads(required([sys.executable, "-m", "benchmarks.likeness"]).out)
    build = goal(measured["build"], at_most=BUILD_SECONDS)
    lookup = goal(measured["lookup"] / LOOKUPS * 1000, at_most=LOOKUP_MS)
    peak = goal(measured["peak_mb"], at_most=PEAK_MB, digits=1)
    return {
        "companies": COMPANIES,
        "lookups": LOOKUPS,
        "build_processor_seconds": build,
        "lookup_processor_ms": lookup,
        "candidates_of_each": round(measured["candidates"] / LOOKUPS, 2),
        "peak_mb": peak,
        "met": build["met"] and lookup["met"] and peak["met"],
    }


def company(number: int) -> Features:
    """Return a unique company, as a row of an ERP has it."""
    first, last, form = FIRST[number % 10], LAST[number // 10 % 10], FORMS[number % 9]
    return Features.of(
        f"{first} {last} {number} {form}",
        vat=f"CHE-{number // 1000:03d}.{number % 1000:03d}.{number % 997:03d} MWST",
        email=f"info@company-{number}.example" if number % 3 else f"company.{number}@bluewin.ch",
        phone=f"+41 44 {number // 10_000:03d} {number // 100 % 100:02d} {number % 100:02d}",
        country="CH",
    )


def typed_anew(number: int) -> Features:
    """Return the same company as a careless person would type it anew."""
    known = company(number)
    return Features.of(f" {known.name.upper()}\u00a0", vat=known.vat.lower().removesuffix(" mwst"), country="CH")


def main() -> None:
    """Build the list, look companies up in it, and print the figures."""
    begun, index = time.process_time(), Index()
    for number in range(COMPANIES):
        index.add(number, company(number))
    built, found = time.process_time(), 0
    for number in range(0, COMPANIES, COMPANIES // LOOKUPS):
        wanted = typed_anew(number)
        candidates = index.candidates(wanted)
        if number not in [candidate for candidate in candidates if likeness(wanted, company(candidate))]:
            raise AssertionError(number)
        found += len(candidates)
    figures = {"build": built - begun, "lookup": time.process_time() - built, "candidates": found}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mb": peak}))


if __name__ == "__main__":
    main()
