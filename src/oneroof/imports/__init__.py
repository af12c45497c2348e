"""What does code use? Imports read from every file, resolved as Python would, joined to a graph."""
