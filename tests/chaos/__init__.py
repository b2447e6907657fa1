"""Seeded rounds of faults, kills, pauses and two machines, after which two undisturbed runs put everything right."""
