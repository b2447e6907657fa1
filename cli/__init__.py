"""The command line: one file a command, rendering, no logic."""
