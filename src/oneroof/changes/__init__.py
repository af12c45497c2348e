"""What is different? The state of the work tree, and what a change touches, with reasons."""
