"""How a manifest is changed: pure functions from a text and what is wanted to the new text."""
