"""Manifests of each dialect, as they are and as `check --fix` is to leave them."""

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
POETRY_CORE = (
    '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
)
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


def library(name: str) -> dict[str, str]:
    return {
        f"{name}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\n{HATCHLING}',
        f"{name}/{name}/__init__.py": "",
    }


LIBRARIES = library("kept") | library("lib") | library("old") | library("probe")
CODE = {
    "app/app/__init__.py": "import os\nimport kept\nimport lib\n",
    "app/tests/test_app.py": "import probe\n",
}
"""`lib` is missing at run time and `probe` for tests; what else is declared is not used."""


def project(body: str, build: str = HATCHLING) -> str:
    return f'[project]\nname = "app"\nversion = "1"\n{body}\n{build}'


PLAIN = (
    {"app/pyproject.toml": project('dependencies = ["kept", "old"]  # run time')},
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept", "lib"]  # run time\n[dependency-groups]\ntest = ["probe"]'
        )
    },
)
EXTRA = (
    {
        "app/pyproject.toml": project(
            'dependencies = [\n  "old",\n  # first\n  "kept",\n]\n'
            '[project.optional-dependencies]\ndev = ["pytest"]'
        )
    },
    {
        "app/pyproject.toml": project(
            'dependencies = [\n  # first\n  "kept",\n  "lib",\n]\n'
            '[project.optional-dependencies]\ndev = ["probe", "pytest"]'
        )
    },
)
UV_ROOT = {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["*"]\n'}
UV = (
    UV_ROOT
    | {
        "app/pyproject.toml": project(
            'dependencies = ["kept", "old"]\n[dependency-groups]\ndev = ["pytest>=8"]\n'
            "[tool.uv.sources]\nkept = {workspace = true}\nold = {workspace = true}"
        )
    },
    UV_ROOT
    | {
        "app/pyproject.toml": project(
            'dependencies = ["kept", "lib"]\n[dependency-groups]\ndev = ["probe", "pytest>=8"]\n'
            "[tool.uv.sources]\nkept = {workspace = true}\nlib = {workspace = true}\n"
            "probe = {workspace = true}"
        )
    },
)
SOURCES = "kept = { workspace = true }\nold = { workspace = true }\n"
UV_SOURCES_AT_ROOT = (
    {
        "pyproject.toml": f'[tool.uv.workspace]\nmembers = ["*"]\n[tool.uv.sources]\n{SOURCES}',
        "app/pyproject.toml": project('dependencies = ["kept", "old"]'),
    },
    {
        "pyproject.toml": (
            '[tool.uv.workspace]\nmembers = ["*"]\n[tool.uv.sources]\n'
            "kept = { workspace = true }\nlib = { workspace = true }\nold = { workspace = true }\n"
            "probe = { workspace = true }\n"
        ),
        "app/pyproject.toml": project(
            'dependencies = ["kept", "lib"]\n[dependency-groups]\ntest = ["probe"]'
        ),
    },
)
POETRY_HEAD = '[tool.poetry]\nname = "app"\nversion = "1"\n\n[tool.poetry.dependencies]\n'
POETRY = (
    {
        "app/pyproject.toml": (
            f'{POETRY_HEAD}python = "^3.11"\nkept = {{path = "../kept", develop = true}}\n'
            'old = {path = "../old", develop = true}\n\n'
            f'[tool.poetry.group.dev.dependencies]\npytest = "^8"\n\n{POETRY_CORE}'
        )
    },
    {
        "app/pyproject.toml": (
            f'{POETRY_HEAD}python = "^3.11"\nkept = {{path = "../kept", develop = true}}\n'
            'lib = {path = "../lib", develop = true}\n\n'
            '[tool.poetry.group.dev.dependencies]\npytest = "^8"\n'
            f'probe = {{ path = "../probe", develop = true }}\n\n{POETRY_CORE}'
        )
    },
)
POETRY_OLD = (
    {
        "app/pyproject.toml": (
            f"{POETRY_HEAD}kept = {{ path = '../kept' }}\nold = {{ path = '../old' }}\n"
            f"[tool.poetry.dev-dependencies]\n{POETRY_CORE}"
        )
    },
    {
        "app/pyproject.toml": (
            f"{POETRY_HEAD}kept = {{ path = '../kept' }}\nlib = {{ path = \"../lib\" }}\n"
            '[tool.poetry.dev-dependencies]\nprobe = { path = "../probe", develop = true }\n'
            f"{POETRY_CORE}"
        )
    },
)
POETRY_2 = (
    {
        "app/pyproject.toml": project(
            'dependencies = [\n    "kept",\n    "old",\n]\n\n[tool.poetry.dependencies]\n'
            'kept = { path = "../kept", develop = true }\nold = { path = "../old" }\n',
            POETRY_CORE,
        )
    },
    {
        "app/pyproject.toml": project(
            'dependencies = [\n    "kept",\n    "lib",\n]\n\n[tool.poetry.dependencies]\n'
            'kept = { path = "../kept", develop = true }\n'
            'lib = { path = "../lib", develop = true }\n'
            "\n[tool.poetry.group.test.dependencies]\n"
            'probe = { path = "../probe", develop = true }\n',
            POETRY_CORE,
        )
    },
)
POETRY_GROUPS = (
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept", "lib"]\n[dependency-groups]\ntest = ["pytest"]\n'
            "[tool.poetry.dependencies]\nkept = { path = '../kept' }\nlib = { path = '../lib' }",
            POETRY_CORE,
        )
    },
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept", "lib"]\n[dependency-groups]\ntest = ["probe", "pytest"]\n'
            "[tool.poetry.dependencies]\nkept = { path = '../kept' }\nlib = { path = '../lib' }\n"
            "[tool.poetry.group.test.dependencies]\n"
            'probe = { path = "../probe", develop = true }',
            POETRY_CORE,
        )
    },
)
PDM = (
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept @ file:///${PROJECT_ROOT}/../kept", '
            '"old @ file:///${PROJECT_ROOT}/../old"]\n[tool.pdm.dev-dependencies]\n'
            'test = ["-e file:///${PROJECT_ROOT}/../kept#egg=kept", "pytest"]',
            '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n',
        )
    },
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept @ file:///${PROJECT_ROOT}/../kept", '
            '"lib @ file:///${PROJECT_ROOT}/../lib"]\n[tool.pdm.dev-dependencies]\n'
            'test = ["-e file:///${PROJECT_ROOT}/../kept#egg=kept", '
            '"-e file:///${PROJECT_ROOT}/../probe#egg=probe", "pytest"]',
            '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n',
        )
    },
)
HATCH = (
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept @ {root:uri}/../kept", "old @ {root:uri}/../old"]\n'
            "[tool.hatch.metadata]\nallow-direct-references = true\n"
            '[tool.hatch.envs.default]\ndependencies = [\n  "pytest",\n]'
        )
    },
    {
        "app/pyproject.toml": project(
            'dependencies = ["kept @ {root:uri}/../kept", "lib @ {root:uri}/../lib"]\n'
            "[tool.hatch.metadata]\nallow-direct-references = true\n"
            "[tool.hatch.envs.default]\n"
            'dependencies = [\n  "probe @ {root:uri}/../probe",\n  "pytest",\n]'
        )
    },
)
CFG_HEAD = "[metadata]\nname = app\nversion = 1\n\n[options]\npackages = app\ninstall_requires =\n"
SETUP_CFG = (
    {
        "app/pyproject.toml": SETUPTOOLS,
        "app/setup.cfg": f"{CFG_HEAD}    kept\n    # gone soon\n    old\n\n[flake8]\nx = 1\n",
    },
    {
        "app/pyproject.toml": SETUPTOOLS,
        "app/setup.cfg": (
            f"{CFG_HEAD}    kept\n    lib\n    # gone soon\n\n[flake8]\nx = 1\n\n"
            "[options.extras_require]\ntest =\n    probe\n"
        ),
    },
)
FLIT_HEAD = '[tool.flit.metadata]\nmodule = "app"\nauthor = "me"\n'
FLIT_BUILD = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
FLIT = (
    {"app/pyproject.toml": f'{FLIT_HEAD}requires = ["kept", "old"]\n{FLIT_BUILD}'},
    {
        "app/pyproject.toml": (
            f'{FLIT_HEAD}requires = ["kept", "lib"]\n{FLIT_BUILD}'
            '[dependency-groups]\ntest = ["probe"]\n'
        )
    },
)
REQUIREMENTS = (
    {
        "app/requirements.in": "-e ../kept  # one\r\n-e ../old\r\nsix\r\n",
        "app/requirements.txt": "# autogenerated by pip-compile\nsix==1.16.0\n",
    },
    {
        "app/requirements.in": "-e ../kept  # one\r\n-e ../lib\r\nsix\r\n",
        "app/requirements-test.in": "-e ../probe\n",
        "app/requirements.txt": "# autogenerated by pip-compile\nsix==1.16.0\n",
    },
)
REQUIREMENTS_FROM_ROOT = (
    {
        "app/requirements.txt": "./kept\n./old\n",
        "app/requirements-dev.txt": "-r requirements.txt\npytest\n",
    },
    {
        "app/requirements.txt": "./kept\n./lib\n",
        "app/requirements-dev.txt": "-r requirements.txt\n-e ../probe\npytest\n",
    },
)
DYNAMIC = (
    {
        "app/pyproject.toml": project(
            'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
            'dependencies = { file = ["needs.txt"] }',
            SETUPTOOLS,
        ),
        "app/needs.txt": "kept\nold\n",
    },
    {
        "app/pyproject.toml": project(
            'dynamic = ["dependencies"]\n[dependency-groups]\ntest = ["probe"]\n'
            '[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }',
            SETUPTOOLS,
        ),
        "app/needs.txt": "kept\nlib\n",
    },
)
DIALECTS = {
    "project": PLAIN,
    "extra": EXTRA,
    "uv": UV,
    "uv, sources at the root": UV_SOURCES_AT_ROOT,
    "poetry": POETRY,
    "poetry, dev-dependencies": POETRY_OLD,
    "poetry 2": POETRY_2,
    "poetry 2 with groups": POETRY_GROUPS,
    "pdm": PDM,
    "hatch": HATCH,
    "setup.cfg": SETUP_CFG,
    "flit": FLIT,
    "requirements": REQUIREMENTS,
    "requirements by setuptools": DYNAMIC,
    "requirements from the root": REQUIREMENTS_FROM_ROOT,
}
