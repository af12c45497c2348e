"""Names of what is there for people and for CI services: prose and their configuration."""

PROSE_SUFFIXES = (".md", ".rst", ".adoc", ".markdown")
PROSE_NAMES = (
    "AUTHORS",
    "CHANGELOG",
    "CHANGES",
    "CODEOWNERS",
    "CONTRIBUTING",
    "CONTRIBUTORS",
    "COPYING",
    "HISTORY",
    "LICENCE",
    "LICENSE",
    "NOTICE",
    "README",
    "SECURITY",
)
PROSE_FOLDERS = frozenset({"doc", "docs", "newsfragments", "changelog.d", ".changes"})
SERVICE_FOLDERS = frozenset(
    {".github", ".gitlab", ".circleci", ".buildkite", ".azure-pipelines", ".vscode", ".idea"}
)
SERVICE_FILES = frozenset(
    {
        ".editorconfig",
        ".git-blame-ignore-revs",
        ".gitattributes",
        ".gitignore",
        ".gitlab-ci.yml",
        ".mailmap",
        ".oneroof-baseline.json",
        ".oneroof-edges.json",
        ".pre-commit-config.yaml",
        ".readthedocs.yaml",
        ".readthedocs.yml",
        ".travis.yml",
        "Jenkinsfile",
        "azure-pipelines.yml",
        "codecov.yml",
        ".codecov.yml",
        "dependabot.yml",
        "renovate.json",
    }
)
