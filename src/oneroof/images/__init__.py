"""Run as what? OCI images from wheels, layer by layer, without an engine."""
