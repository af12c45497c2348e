"""In what does it run: an interpreter, exact pins and the internal projects, shared by content."""
