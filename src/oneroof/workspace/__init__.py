"""What is there? Projects, what they declare, and the graph between them."""
