from collections.abc import Callable, Mapping

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.dialects.setup_py import read_setup_py
from oneroof.workspace.model import EntryPoint, Metadata, Source
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]
FOLDER = RelPath("libs/mq")


def read(tree: MakeTree, source: str, **files: str) -> Metadata:
    listed = {f"libs/mq/{name}": text for name, text in files.items()}
    return read_with(tree, source, listed)


def read_with(tree: MakeTree, source: str, files: Mapping[str, str]) -> Metadata:
    metadata = read_setup_py(tree({"libs/mq/setup.py": source, **files}), FOLDER)
    assert metadata is not None
    return metadata


def needs(metadata: Metadata) -> list[str]:
    return [f"{each.kind}: {each.pep508}" for each in metadata.requirements]


def said(metadata: Metadata) -> list[str]:
    return [str(problem) for problem in metadata.problems]


def test_all_fields_of_a_plain_call_are_read(tree: MakeTree) -> None:
    metadata = read(
        tree,
        """
from setuptools import setup
setup(
    name="libmq",
    version="1.2",
    python_requires=">=3.9",
    install_requires=["requests>=2", "PyYAML"],
    extras_require={"Dev_Tools": ["ruff"], ":python_version<'3.11'": ["tomli"]},
    setup_requires=["wheel"],
    tests_require="pytest",
    entry_points={"console_scripts": ["mq = libmq.cli:main"]},
)
""",
    )
    assert (metadata.name, metadata.version, metadata.requires_python) == ("libmq", "1.2", ">=3.9")
    assert needs(metadata) == [
        "main: requests>=2",
        "main: pyyaml",
        "extra:dev-tools: ruff",
        'main: tomli ; python_version < "3.11"',
        "build: wheel",
        "group:test: pytest",
    ]
    assert metadata.extras == ("dev-tools",)
    assert metadata.entry_points == (EntryPoint("console_scripts", "mq", "libmq.cli:main"),)
    assert metadata.manifests == ("libs/mq/setup.py",)
    assert metadata.dialects == ("setup.py",)
    assert metadata.build_backend == "setuptools.build_meta"
    assert said(metadata) == []


def test_keys_name_the_argument_and_its_index(tree: MakeTree) -> None:
    metadata = read(
        tree,
        "import setuptools\nsetuptools.setup(install_requires=['a', 'b'],"
        " extras_require={'x': ['c']})",
    )
    keys = [each.key for each in metadata.requirements]
    assert keys == ["install_requires[0]", "install_requires[1]", 'extras_require["x"][0]']


@pytest.mark.parametrize(
    ("code", "version"),
    [
        ('V = "1.0"', "1.0"),
        ('MAJOR = 1\nV = f"{MAJOR}.2"', "1.2"),
        ('V = "%d.%s" % (1, "3")', "1.3"),
        ('V = "{}.{minor}".format(1, minor=4)', "1.4"),
        ('V = ".".join(map(str, (1, 5)))', "1.5"),
        ('V = ".".join([str(n) for n in (1, 6)])', "1.6"),
        ('V = "1." + "7"', "1.7"),
        ("V = (1, 8)", "1.8"),
        ("V = 1.9", "1.9"),
        ('V = open("version.txt").read().strip()', "2.0"),
        ('import io\nwith io.open("version.txt", encoding="utf8") as f:\n    V = f.read()', "2.0"),
        ("from pathlib import Path\nV = Path(__file__).parent.joinpath('version.txt').read_text()",
         "2.0"),
        (("import pathlib\nV = (pathlib.Path(__file__).resolve().parent / 'version.txt')"
         ".read_text('utf8')"), "2.0"),
        (("import os\nhere = os.path.abspath(os.path.dirname(__file__))\n"
         "V = open(os.path.join(here, 'version.txt')).readline()"), "2.0"),
        (("import re\nV = re.search(r'^__version__ = \"(.+)\"', open('mq/about.py').read(), re.M)"
         ".group(1)"), "3.1"),
        (("import re\ndef find(path):\n    with open(path) as f:\n        text = f.read()\n"
         "    match = re.search(r'__version__ = \"(.*?)\"', text)\n    if match:\n"
         "        return match.group(1)\n    raise RuntimeError('no version')\n"
         "V = find('mq/about.py')"), "3.1"),
        (("about = {}\nwith open('mq/about.py') as f:\n    exec(f.read(), about)\n"
         "V = about['__version__']"), "3.1"),
        (("about = {}\nexec(compile(open('mq/about.py').read(), 'about', 'exec'), about)\n"
         "V = about['__version__']"), "3.1"),
        ("exec(open('mq/about.py').read())\nV = __version__", "3.1"),
        ("from mq.about import __version__ as V", "3.1"),
        ("from mq import __version__ as V", "3.1"),
        ("import mq.about\nV = mq.about.__version__", "3.1"),
        ("import runpy\nV = runpy.run_path('mq/about.py')['__version__']", "3.1"),
        (("import importlib.util as u\nspec = u.spec_from_file_location('a', 'mq/about.py')\n"
         "m = u.module_from_spec(spec)\nspec.loader.exec_module(m)\nV = m.__version__"), "3.1"),
        (("for line in open('mq/about.py'):\n    if line.startswith('__version__'):\n"
         "        V = line.split('=')[1].strip().strip('\"')\n        break"), "3.1"),
        (("import ast\nfor line in open('mq/about.py').read().splitlines():\n"
         "    if '__version__' in line:\n        V = ast.literal_eval(line.split('=')[1].strip())"),
         "3.1"),
        ("import os\nV = os.environ.get('MQ_VERSION', '4.0')", "4.0"),
        ("import os\nV = os.environ['MQ'] if 'MQ' in os.environ else '4.0'", "4.0"),
        ("import sys\nif sys.version_info < (3, 6):\n    raise SystemExit('old')\nV = '5'", "5"),
        ("import sys\nif sys.argv[-1] == 'publish':\n    sys.exit()\nV = '5'", "5"),
        ("import tomllib\nV = tomllib.load(open('meta.toml', 'rb'))['version']", "6.0"),
        ("try:\n    V = open('missing.txt').read()\nexcept IOError:\n    V = '7'", "7"),
        ("def version():\n    return '8'\nV = version()", "8"),
        ("V = (lambda part: part + '.1')('8')", "8.1"),
        ("A, V = '1', '9'", "9"),
    ],
)  # fmt: skip
def test_versions_written_in_usual_ways_are_known(tree: MakeTree, code: str, version: str) -> None:
    files = {
        "libs/mq/version.txt": "2.0\n",
        "libs/mq/mq/__init__.py": "from .about import __version__\n",
        "libs/mq/mq/about.py": 'import sys\n__title__ = "mq"\n__version__ = "3.1"\n',
        "libs/mq/meta.toml": 'version = "6.0"\n',
    }
    metadata = read_with(tree, f"from setuptools import setup\n{code}\nsetup(version=V)", files)
    assert said(metadata) == []
    assert metadata.version == version


@pytest.mark.parametrize(
    "code",
    [
        "R = ['a', 'b']",
        "R = ['a'] + ['b']",
        "R = ['a']\nR += ['b']",
        "R = ['a']\nR.append('b')",
        "R = []\nR.extend(('a', 'b'))",
        "R = [n for n in ['a', '', 'b'] if n]",
        "R = list(filter(None, ['a', '', 'b']))",
        "BASE = ['a']\nR = [*BASE, 'b']",
        "R = 'a\\nb'",
        "R = open('requirements.txt').read().splitlines()",
        "R = open('requirements.txt').readlines()",
        "R = [l.strip() for l in open('requirements.txt') if l.strip() and l[0] != '#']",
        "with open('requirements.txt') as f:\n    R = f.read().split('\\n')",
        (
            "def load(path):\n    with open(path) as f:\n        return [l.strip() for l in f"
            " if l.strip() and not l.startswith('#')]\nR = load('requirements.txt')"
        ),
        (
            "def load(path='requirements.txt'):\n    found = []\n    for line in open(path):\n"
            "        line = line.partition('#')[0].strip()\n        if not line:\n"
            "            continue\n        found.append(line)\n    return found\nR = load()"
        ),
        (
            "import pkg_resources\nR = [str(r) for r in"
            " pkg_resources.parse_requirements(open('requirements.txt'))]"
        ),
        "from itertools import chain\nR = list(chain(['a'], ['b']))",
        "extras = {'x': ['a'], 'y': ['b']}\nR = sum(extras.values(), [])",
        "import sys\nR = ['a', 'b']\nif sys.version_info[0] == 2:\n    pass",
        "R = sorted({'b', 'a'})",
        "R = []\nfor n in 'ab':\n    R.append(n)",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\nR = ['a', 'b']",
    ],
)
def test_requirements_gathered_in_usual_ways_are_known(tree: MakeTree, code: str) -> None:
    files = {"libs/mq/requirements.txt": "# pinned elsewhere\na\n\nb\n"}
    source = f"from setuptools import setup\n{code}\nsetup(install_requires=R)"
    metadata = read_with(tree, source, files)
    if "sys.version_info[0]" not in code:
        assert said(metadata) == []
    assert needs(metadata) == ["main: a", "main: b"]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("setup(install_requires=get_requirements())", "`get_requirements()` (line 2)"),
        ("R = load()\nsetup(install_requires=R)", "`load()` (line 2)"),
        ("setup(install_requires=['a', find()])", "`find()` (line 2)"),
        (("import platform\nR = ['a']\nif platform.system() == 'Linux':\n    R.append('b')\n"
         "setup(install_requires=R)"), "`platform.system()` (line 4)"),
        ("R = ['a']\nchange(R)\nsetup(install_requires=R)", "`change(R)` (line 3)"),
        ("R = ['a']\nwhile more():\n    R += ['b']\nsetup(install_requires=R)",
         "`while more(): R += ['b']` (line 3)"),
        ("import os\nsetup(install_requires=os.environ['NEEDS'])",
         "`os.environ['NEEDS']` (line 3)"),
        (("import sys\nR = ['a']\nif sys.version_info < (3, 11):\n    R.append('tomli')\n"
         "setup(install_requires=R)"), "`sys.version_info < (3, 11)` (line 4)"),
        ("setup(install_requires=open('none.txt').read())",
         "`libs/mq/none.txt does not exist` (line 2)"),
        (("try:\n    import numpy\n    R = ['a']\nexcept ImportError:\n    R = ['b']\n"
         "setup(install_requires=R)"), "`import numpy` (line 3)"),
        (("for x in [1, 2]:\n    if check(x):\n        break\n    R = [str(x)]\n"
         "setup(install_requires=R)"), "`check(x)` (line 3)"),
        ("R = 'a' * 10 ** 9\nsetup(install_requires=R)", "`10 ** 9` (line 2)"),
    ],
)  # fmt: skip
def test_what_is_not_static_is_said_and_left_out(tree: MakeTree, code: str, problem: str) -> None:
    metadata = read(tree, f"from setuptools import setup\n{code}")
    assert said(metadata) == [f"libs/mq/setup.py: install_requires: is not static: {problem}"]
    assert needs(metadata) == []
    assert not metadata.problems[0].fatal


@pytest.mark.parametrize(
    "body",
    [
        "match = None\n    if match:\n        return '1'\n    raise RuntimeError('none')",
        "try:\n        return load()\n    except KeyError:\n        pass\n    return '0+unknown'",
        "try:\n        raise KeyError\n    except KeyError:\n        V = '1'\n    return V",
        "if check():\n        return '1'\n    return '2'",
    ],
)
def test_a_function_whose_way_is_not_known_has_no_result(tree: MakeTree, body: str) -> None:
    metadata = read(
        tree,
        f"from setuptools import setup\ndef find():\n    {body}\nsetup(version=find())",
    )
    assert metadata.version is None
    assert [problem.key for problem in metadata.problems] == ["version"]


def test_one_field_that_is_not_static_leaves_the_others(tree: MakeTree) -> None:
    metadata = read(
        tree,
        "from setuptools import setup\n"
        "kwargs = dict(name='mq', version=git_version(), install_requires=['a'])\n"
        "setup(**kwargs, extras_require={'x': ['b'], 'y': find()})",
    )
    assert metadata.name == "mq"
    assert needs(metadata) == ["main: a", "extra:x: b"]
    assert said(metadata) == [
        "libs/mq/setup.py: version: is not static: `git_version()` (line 2)",
        'libs/mq/setup.py: extras_require["y"]: is not static: `find()` (line 3)',
    ]


@pytest.mark.parametrize(
    "source",
    [
        "from setuptools import setup\nsetup(name='mq')",
        "import setuptools\nsetuptools.setup(name='mq')",
        "import setuptools as st\nst.setup(**{'name': 'mq'})",
        "from setuptools import *\nsetup(name='mq')",
        "from distutils.core import setup\nsetup(name='mq')",
        (
            "try:\n    from setuptools import setup\nexcept ImportError:\n"
            "    from distutils.core import setup\nsetup(name='mq')"
        ),
        "from setuptools import setup\nif __name__ == '__main__':\n    setup(name='mq')",
        "from setuptools import setup\ndef main():\n    setup(name='mq')\nmain()",
        "from setuptools import setup\nif unheard_of():\n    setup(name='mq')",
        "from setuptools import setup\nwhile True:\n    setup(name='mq')\n    break",
    ],
)
def test_the_call_is_found_where_it_stands(tree: MakeTree, source: str) -> None:
    assert read(tree, source).name == "mq"


def test_a_bare_call_declares_nothing(tree: MakeTree) -> None:
    metadata = read(tree, "import setuptools\nsetuptools.setup()")
    assert (metadata.name, metadata.requirements, metadata.problems) == (None, (), ())


def test_a_file_without_a_call_is_no_manifest(tree: MakeTree) -> None:
    made = tree({"libs/mq/setup.py": "def setup(x):\n    return x\nsetup(1)\n"})
    assert read_setup_py(made, FOLDER) is None
    assert read_setup_py(made, RelPath("libs")) is None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("print 'hello'\n", "is not Python 3"),
        ("setup(", "is not Python 3: '(' was never closed (line 1)"),
    ],
)
def test_what_is_not_python_3_is_fatal(tree: MakeTree, source: str, message: str) -> None:
    metadata = read(tree, source)
    assert [problem.fatal for problem in metadata.problems] == [True]
    assert message in metadata.problems[0].message


def test_a_declared_encoding_is_honoured(tree: MakeTree) -> None:
    source = "# -*- coding: latin-1 -*-\nfrom setuptools import setup\nsetup(name='mq', author='é')"
    made = tree({"libs/mq/setup.py": source.encode("latin-1")})
    metadata = read_setup_py(made, FOLDER)
    assert metadata is not None
    assert metadata.name == "mq"


@pytest.mark.parametrize(
    ("argument", "compiled"),
    [
        ("ext_modules=[Extension('mq._c', ['c.c'])]", True),
        ("ext_modules=cythonize('*.pyx')", True),
        ("cffi_modules=['build.py:ffi']", True),
        ("rust_extensions=[rust()]", True),
        ("cmdclass={'build_ext': BuildExt}", True),
        ("cmdclass={'test': Test}", False),
        ("ext_modules=[]", False),
    ],
)
def test_extension_modules_are_noticed(tree: MakeTree, argument: str, *, compiled: bool) -> None:
    metadata = read(tree, f"from setuptools import setup, Extension\nsetup({argument})")
    assert metadata.has_extension_modules is compiled


@pytest.mark.parametrize(
    "url",
    [
        "f'libtel @ file://{os.path.abspath(os.path.join(os.path.dirname(__file__), \"../tel\"))}'",
        "'libtel @ file://' + os.getcwd() + '/../tel'",
        "'libtel @ file://localhost/%s/../tel' % os.getcwd()",
        "f'libtel @ {(Path(__file__).parent / \"../tel\").resolve().as_uri()}'",
    ],
)
def test_a_path_made_absolute_by_code_leads_to_its_folder(tree: MakeTree, url: str) -> None:
    source = (
        "import os\nfrom pathlib import Path\nfrom setuptools import setup\n"
        f"setup(install_requires=[{url}])"
    )
    metadata = read(tree, source)
    assert said(metadata) == []
    assert metadata.requirements[0].sources == (Source("path", "../tel"),)


def test_entry_points_may_be_one_text(tree: MakeTree) -> None:
    metadata = read(
        tree,
        'from setuptools import setup\nsetup(entry_points="""\n    [console_scripts]\n'
        '    mq = libmq.cli:main\n    [pytest11]\n    mq = libmq.plugin\n    """)',
    )
    assert metadata.entry_points == (
        EntryPoint("console_scripts", "mq", "libmq.cli:main"),
        EntryPoint("pytest11", "mq", "libmq.plugin"),
    )


def test_a_version_from_version_control_is_no_problem(tree: MakeTree) -> None:
    metadata = read(tree, "from setuptools import setup\nsetup(name='mq', use_scm_version=True)")
    assert (metadata.version, metadata.problems) == (None, ())


def test_a_second_call_is_named(tree: MakeTree) -> None:
    metadata = read(tree, "from setuptools import setup\nsetup(name='a')\nsetup(name='b')")
    assert metadata.name == "a"
    assert said(metadata) == [
        "libs/mq/setup.py: setup: is called more than once (lines 2, 3): the first is read"
    ]


def test_endless_code_ends(tree: MakeTree) -> None:
    metadata = read(
        tree,
        "from setuptools import setup\n"
        "def f(n):\n    return f(n)\n"
        "N = [i for i in range(9999) for j in range(9999)]\n"
        "setup(name=f(1), version=N)",
    )
    assert metadata.name is None
    assert [problem.key for problem in metadata.problems] == ["name", "version"]


def test_nothing_is_executed(tree: MakeTree) -> None:
    metadata = read(
        tree,
        "import os, subprocess, pathlib\nfrom setuptools import setup\n"
        "os.system('touch ran'); pathlib.Path('ran').write_text(''); open('ran', 'w')\n"
        "exec('import os; os.mkdir(\"ran\")')\n__import__('os').mkdir('ran')\nsetup(name='mq')",
    )
    assert metadata.name == "mq"
    made = tree({})
    assert list(made.root.rglob("ran")) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("install_requires=['a'], extras_require={'x': ['b']}", True),
        ("install_requires=find()", False),
        ("install_requires=['a', find()]", False),
        ("extras_require={'x': find()}", False),
        ("**find()", False),
        ("version=find(), setup_requires=find()", True),
    ],
)
def test_whether_all_requirements_could_be_read(
    tree: MakeTree, arguments: str, *, expected: bool
) -> None:
    text = f"from setuptools import setup\nfrom somewhere import find\nsetup({arguments})\n"
    assert read(tree, text).is_complete is expected
