"""Names of images in registries, as engines write them: `ghcr.io/acme/shop:1.0@sha256:...`."""

import re

import msgspec

from oneroof.errors import ConfigError

DOCKER_HUB = "docker.io"
_NAME = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?")


class Reference(msgspec.Struct, frozen=True):
    """Where an image is."""

    registry: str
    """Host and port."""
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def identifier(self) -> str:
        """What a registry is asked for: the digest, else the tag."""
        return self.digest or self.tag or "latest"

    def tagged(self, tag: str) -> "Reference":
        """The same repository with another tag."""
        return Reference(self.registry, self.repository, tag)


def parse_reference(text: str) -> Reference:
    """Read a name as engines do.

    Raises:
        ConfigError: it is none.
    """
    rest, _, digest = text.partition("@")
    head, slash, tail = rest.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        registry, rest = head, tail
    else:
        registry = DOCKER_HUB
    repository, colon, tag = rest.rpartition(":")
    if not colon:
        repository, tag = rest, ""
    if registry in {DOCKER_HUB, "index.docker.io"}:
        registry = DOCKER_HUB
        repository = repository if "/" in repository else f"library/{repository}"
    sound = (
        _REGISTRY.fullmatch(registry)
        and _NAME.fullmatch(repository)
        and (not colon or _TAG.fullmatch(tag))
        and ("@" not in text or _DIGEST.fullmatch(digest))
    )
    if not sound:
        message = f"`{text}` is no name of an image"
        raise ConfigError(message, hint="write it like `ghcr.io/acme/shop:1.0`, in small letters")
    return Reference(registry, repository, tag, digest)


def require_tag(text: str) -> str:
    """A tag as it is given.

    Raises:
        ConfigError: it is none.
    """
    if not _TAG.fullmatch(text):
        message = f"`{text}` is no tag"
        raise ConfigError(message, hint="a tag holds letters, digits, `_`, `.` and `-`")
    return text


def tag_of(text: str) -> str:
    """A branch or version as a tag: what a tag may not hold becomes `-`."""
    tag = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:128]
    return tag.rstrip("-.")


def name_of(project: str) -> str:
    """A project's name as the last part of a repository."""
    return re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-") or "image"
