"""oneroof: the build system for Python monorepos that needs no build files."""

__version__ = "0.1.0"
