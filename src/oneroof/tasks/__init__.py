"""What shall be done? The targets of a workspace, their plan, and the run."""
