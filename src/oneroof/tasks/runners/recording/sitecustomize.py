"""Notes what this Python process reads of a workspace, and which environment variables.

Python loads a module of this name when it starts. `oneroof test --verify` puts the folder of this
file on PYTHONPATH, so it runs in the process of the tests and in every Python below it. It uses
only what the interpreter itself has loaded by then: tests find the modules they would without it.
Names are noted, never contents or values.
"""

import os
import sys

FOLDER = "_ONEROOF_RECORD_FOLDER"
ROOT = "_ONEROOF_RECORD_ROOT"
LINKS = "_ONEROOF_RECORD_LINKS"
"""Lines of a link in the environment, NUL-free, a tab, and the path it leads to."""
OWN = "_ONEROOF_RECORD_OWN"
"""Names of the variables that a process above has set by itself, one a line."""
CALLER = "_ONEROOF_RECORD_CALLER"
"""The line of the workspace that started this process: the file, a tab, the line."""

STANDARD = os.path.dirname(os.__file__) + "/"
HERE = os.path.dirname(os.path.abspath(__file__))
WORKSPACE, LIBRARY, NEITHER = "workspace", "library", "neither"


class Recorder:
    """Notes each thing once for each line of the workspace that asked for it."""

    def __init__(self, folder, root, links):
        self.folder = folder
        self.root = root
        self.inside = root + "/"
        self.links = [tuple(line.split("\t")) for line in links.split("\n") if line]
        self.began_in = os.getcwd()
        self.caller = os.environ.get(CALLER, "")
        self.seen = set()
        self.made = set()
        self.kinds = {}
        # Tests may replace these for a while.
        self._open, self._write, self._close = os.open, os.write, os.close
        self._getcwd, self._getpid = os.getcwd, os.getpid

    def note(self, kind, what, file="", line=0, reader=""):
        """Write one thing down; a forked process writes to a file of its own."""
        if not file and self.caller and kind != "process":
            file, _, number = self.caller.partition("\t")
            line = int(number)
        key = (kind, what, file, line)
        if key in self.seen:
            return
        self.seen.add(key)
        fields = (kind, what, file, str(line), reader)
        content = b"".join(os.fsencode(each) + b"\0" for each in fields)
        place = "%s/%d.record" % (self.folder, self._getpid())
        # Opened each time: a number kept open may become another file's when tests close all.
        handle = self._open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._write(handle, content)
        finally:
            self._close(handle)

    def make(self, place):
        """What a test wrote as a whole is its own from then on."""
        self.made.add(place)
        self.note("made", place)

    def place(self, path):
        """The absolute path of what lies in the workspace; None for anything else."""
        if isinstance(path, int):
            return None
        text = os.fsdecode(path)
        if not text.startswith("/"):
            text = self._getcwd() + "/" + text
        text = os.path.normpath(text)
        if text == self.root or text.startswith(self.inside):
            return text
        for link, target in self.links:
            if text == link or text.startswith(link + "/"):
                return target + text[len(link) :]
        return None

    def kind(self, filename):
        """Whose code lies in a file."""
        known = self.kinds.get(filename)
        if known is None:
            known = self.kinds[filename] = self._find_kind(filename)
        return known

    def _find_kind(self, filename):
        if filename.startswith("<") or os.path.dirname(filename) == HERE:
            return NEITHER
        absolute = os.path.normpath(os.path.join(self.began_in, filename))
        packages = "/site-packages/" in absolute or "/dist-packages/" in absolute
        linked = any(absolute.startswith(link) for link, _ in self.links)
        if linked or (absolute.startswith(self.inside) and not packages):
            return WORKSPACE
        return LIBRARY if packages or not absolute.startswith(STANDARD) else NEITHER

    def who(self):
        """The innermost line of the workspace, and the innermost library within it."""
        frame, reader = sys._getframe(1), ""
        while frame is not None:
            filename = frame.f_code.co_filename
            kind = self.kind(filename)
            if kind is WORKSPACE:
                absolute = os.path.join(self.began_in, filename)
                return self.place(absolute) or absolute, frame.f_lineno, reader
            if kind is LIBRARY and not reader:
                reader = str(frame.f_globals.get("__name__", filename))
            frame = frame.f_back
        return "", 0, reader

    # What the interpreter tells of: https://docs.python.org/3/library/audit_events.html

    def hook(self, event, args):
        """Take an audit event; never raise, or the operation would fail."""
        handler = HANDLERS.get(event)
        if handler is not None:
            try:
                handler(self, *args)
            except Exception:  # whatever tests have broken
                pass

    def on_open(self, path, mode=None, flags=0, *_):
        place = self.place(path)
        if place is None:
            return
        access = flags & os.O_ACCMODE
        letters = mode or ""
        if flags & os.O_TRUNC or flags & os.O_EXCL or "w" in letters or "x" in letters:
            self.make(place)
        elif access != os.O_WRONLY and place not in self.made:
            self.note("read", place, *self.who())

    def on_exec(self, code, *_):
        if code.co_name == "<module>" and not code.co_filename.startswith("<"):
            place = self.place(code.co_filename)
            if place is not None:
                self.note("load", place, *self.who())

    def on_list(self, path=".", *_):
        if is_import_system():
            return
        place = self.place("." if path is None else path)
        if place is not None:
            self.note("list", place, *self.who())

    def on_connect(self, database, *_):
        text = os.fsdecode(database)
        self.on_open(text[5:].split("?")[0] if text.startswith("file:") else text)

    def on_rename(self, _source, target, *_):
        place = self.place(target)
        if place is not None:
            self.make(place)

    def on_child(self, program, args=(), *_):
        words = args if isinstance(args, (list, tuple)) else [args]
        name = os.path.basename(os.fsdecode(program or words[0]))
        self.note("child", name, *self.who())

    def on_system(self, command, *_):
        self.on_child(os.fsdecode(command).split()[0])


def is_import_system():
    """Whether Python itself looks for modules: imports are followed, not their search."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


HANDLERS = {
    "open": Recorder.on_open,
    "exec": Recorder.on_exec,
    "os.listdir": Recorder.on_list,
    "os.scandir": Recorder.on_list,
    "sqlite3.connect": Recorder.on_connect,
    "os.rename": Recorder.on_rename,
    "subprocess.Popen": Recorder.on_child,
    "os.exec": Recorder.on_child,
    "os.posix_spawn": Recorder.on_child,
    "os.spawn": lambda recorder, _mode, path, args, *_: recorder.on_child(path, args),
    "os.system": Recorder.on_system,
}

RESOLVING = frozenset({"realpath", "_joinrealpath", "resolve"})


class Looking:
    """Stands for `os.stat` and its like, of which the interpreter does not tell.

    Not a function: where one is kept as a class's attribute, it would become a method.
    """

    def __init__(self, recorder, function):
        self._recorder = recorder
        self._function = function
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        for supports in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if function in supports:
                supports.add(self)

    def __call__(self, *args, **kwargs):
        try:
            if kwargs.get("dir_fd") is None:
                self._look(args[0] if args else kwargs["path"])
        except Exception:  # the function itself says what is wrong
            pass
        return self._function(*args, **kwargs)

    def _look(self, path):
        recorder = self._recorder
        place = recorder.place(path)
        if place is None or place in recorder.made or is_resolving():
            return
        file, line, reader = recorder.who()
        if file:
            recorder.note("look", place, file, line, reader)


def is_resolving():
    """Whether the path as such is asked about, not what is there."""
    frame = sys._getframe(3)
    for _ in range(3):
        if frame is None:
            return False
        if frame.f_code.co_name in RESOLVING:
            return True
        frame = frame.f_back
    return False


class Variables:
    """Notes the variables that are asked for by name, by code of the workspace or a library."""

    def __init__(self, recorder):
        self._recorder = recorder
        self.began_with = dict(os.environ._data)
        self._own = frozenset(os.environ.get(OWN, "").split("\n"))
        self._passing = (None, None)
        skipped = (os.__file__, sys.modules["_collections_abc"].__file__, __file__)
        self._skipped = frozenset(skipped) | {"<frozen os>", "<frozen _collections_abc>"}

    def install(self):
        kind = type(os.environ)
        get, iterate = kind.__getitem__, kind.__iter__

        def get_noted(mapping, key):
            try:
                self.note(mapping, key)
            except Exception:
                pass
            return get(mapping, key)

        def iterate_noted(mapping):
            for key in iterate(mapping):
                self._passing = (position(self._caller()), key)
                yield key

        kind.__getitem__, kind.__iter__ = get_noted, iterate_noted

    def note(self, mapping, key):
        """Note a read, unless it is one of a copy of all, or of what the tests have set."""
        caller = self._caller()
        if caller is None or self._passing[0] == position(caller) or self._passing[1] == key:
            return
        name = os.fsdecode(key)
        if self.is_own(name, mapping._data):
            return
        kind = self._recorder.kind(caller.f_code.co_filename)
        file, line, reader = self._recorder.who()
        if file and kind is not NEITHER:
            self._recorder.note("env", name, file, line, reader)

    def is_own(self, name, data):
        """Whether the variable is what the tests made of it, not what they were given."""
        encoded = os.fsencode(name)
        return (
            name in self._own
            or os.fsencode(ROOT) not in data
            or data.get(encoded) != self.began_with.get(encoded)
        )

    def own_names(self, data):
        """The variables that a child gets otherwise than this process got them."""
        names = data.keys() | self.began_with.keys()
        changed = (each for each in names if data.get(each) != self.began_with.get(each))
        return sorted(self._own | {os.fsdecode(each) for each in changed})

    def _caller(self):
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename in self._skipped:
            frame = frame.f_back
        return frame


def position(frame):
    """Where a frame is: the same for all that one operation asks for."""
    return None if frame is None else (id(frame), frame.f_lasti)


class Children:
    """Has Python processes below record as well, whatever variables they are started with."""

    def __init__(self, recorder, variables):
        self._recorder = recorder
        self._variables = variables
        names = (each for each in (FOLDER, ROOT, LINKS) if each in os.environ)
        self._kept = {os.fsencode(each): os.fsencode(os.environ[each]) for each in names}

    def install(self):
        """Stand before all that starts a program with variables of its choice."""
        import _posixsubprocess

        _posixsubprocess.fork_exec = self._with(_posixsubprocess.fork_exec, 5, self._listed)
        for name in ("posix_spawn", "posix_spawnp", "execve"):
            if hasattr(os, name):
                setattr(os, name, self._with(getattr(os, name), 2, self._mapped))

    def _with(self, function, place, convert):
        def start(*args, **kwargs):
            try:
                args = (*args[:place], convert(args[place]), *args[place + 1 :])
            except Exception:  # it is started as it would have been
                pass
            return function(*args, **kwargs)

        return start

    def _listed(self, given):
        data = os.environ._data if given is None else dict(each.split(b"=", 1) for each in given)
        return [name + b"=" + value for name, value in self._followed(data).items()]

    def _mapped(self, given):
        return self._followed({os.fsencode(k): os.fsencode(given[k]) for k in list(given)})

    def _followed(self, data):
        found = {**data, **self._kept}
        file, line, _ = self._recorder.who()
        caller = "%s\t%d" % (file, line) if file else self._recorder.caller
        found[os.fsencode(CALLER)] = os.fsencode(caller)
        found[os.fsencode(OWN)] = os.fsencode("\n".join(self._variables.own_names(data)))
        path = os.fsencode(HERE)
        rest = found.get(b"PYTHONPATH", b"")
        if path not in rest.split(b":"):
            found[b"PYTHONPATH"] = path + b":" + rest if rest else path
        return found


def load_next():
    """Load the module of this name that this one hides."""
    own, whole = sys.modules.pop("sitecustomize", None), list(sys.path)
    sys.path[:] = [each for each in whole if os.path.abspath(each) != HERE]
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.path[:] = whole
        if own is not None:
            sys.modules.setdefault("sitecustomize", own)


def install():
    """Begin to record."""
    recorder = Recorder(os.environ[FOLDER], os.environ[ROOT], os.environ.get(LINKS, ""))
    recorder.note("process", sys.executable or "python", "", os.getpid())
    variables = Variables(recorder)
    Children(recorder, variables).install()
    variables.install()
    for name in ("stat", "lstat", "access"):
        setattr(os, name, Looking(recorder, getattr(os, name)))
    sys.addaudithook(recorder.hook)


if os.environ.get(FOLDER) and os.environ.get(ROOT) and hasattr(sys, "addaudithook"):
    install()
load_next()
