"""Where is it done? Processes on this machine, the verdict on them, and their order."""
