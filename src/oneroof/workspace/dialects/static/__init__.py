"""Reading Python files without running them: what is constant is known, all else is said."""

from oneroof.workspace.dialects.static.modules import read_attribute
from oneroof.workspace.dialects.static.setup_call import SetupCall, find_setup_calls
from oneroof.workspace.dialects.static.values import NotStatic, Unknown

__all__ = ["NotStatic", "SetupCall", "Unknown", "find_setup_calls", "read_attribute"]
