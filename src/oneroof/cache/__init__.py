"""Was it done before? An action cache and a content store."""
