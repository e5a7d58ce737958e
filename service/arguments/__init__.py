"""The command line: flags and actions of each command, and what it prints."""
