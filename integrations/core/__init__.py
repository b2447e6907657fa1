"""The reconciler: wants, plans, changes, and what they stand on. Knows no vendor, no command line, no engine."""
