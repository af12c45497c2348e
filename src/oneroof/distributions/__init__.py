"""Shipped as what? Wheels by the projects' own backends, portable and the same bytes each time."""
