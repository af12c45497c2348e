"""The scripts that make a shell use a `.venv`. Pure text."""

import shlex
from collections.abc import Mapping
from pathlib import Path

_POSIX = """\
# Use it with: . bin/activate
deactivate () {{
    if [ -n "${{_OLD_VIRTUAL_PATH+set}}" ]; then
        PATH="$_OLD_VIRTUAL_PATH"; export PATH; unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "${{_OLD_VIRTUAL_PYTHONHOME+set}}" ]; then
        PYTHONHOME="$_OLD_VIRTUAL_PYTHONHOME"; export PYTHONHOME; unset _OLD_VIRTUAL_PYTHONHOME
    fi
    if [ -n "${{_OLD_VIRTUAL_PS1+set}}" ]; then
        PS1="$_OLD_VIRTUAL_PS1"; unset _OLD_VIRTUAL_PS1
    fi
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    hash -r 2> /dev/null || true
    [ "${{1:-}}" = nondestructive ] || unset -f deactivate
}}
deactivate nondestructive
VIRTUAL_ENV={folder}; export VIRTUAL_ENV
VIRTUAL_ENV_PROMPT={prompt}; export VIRTUAL_ENV_PROMPT
_OLD_VIRTUAL_PATH="$PATH"
PATH="$VIRTUAL_ENV/bin:$PATH"; export PATH
if [ -n "${{PYTHONHOME+set}}" ]; then
    _OLD_VIRTUAL_PYTHONHOME="$PYTHONHOME"; unset PYTHONHOME
fi
if [ -z "${{VIRTUAL_ENV_DISABLE_PROMPT:-}}" ]; then
    _OLD_VIRTUAL_PS1="${{PS1:-}}"; PS1="($VIRTUAL_ENV_PROMPT) ${{PS1:-}}"
fi
hash -r 2> /dev/null || true
"""

_FISH = """\
# Use it with: source bin/activate.fish
function deactivate
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    test "$argv[1]" = nondestructive; or functions -e deactivate
end
deactivate nondestructive
set -gx VIRTUAL_ENV {folder}
set -gx VIRTUAL_ENV_PROMPT {prompt}
set -gx _OLD_VIRTUAL_PATH $PATH
set -gx PATH $VIRTUAL_ENV/bin $PATH
set -e PYTHONHOME
"""


def render_activation(folder: Path) -> Mapping[str, str]:
    """The activation scripts of a folder, by file name; named after the project around it."""
    values = {"folder": shlex.quote(str(folder)), "prompt": shlex.quote(folder.parent.name)}
    return {"activate": _POSIX.format(**values), "activate.fish": _FISH.format(**values)}
