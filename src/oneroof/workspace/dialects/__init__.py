"""One reader per way of declaring packaging metadata; each yields parts of Metadata."""
