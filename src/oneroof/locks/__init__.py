"""What is pinned? One reader per lock format, one lock graph, closures, staleness, updates."""
