"""The command line: one file a command: parse, call, render. The only place that prints."""
