"""What a path is by its name: a test, generated, a dependency's, or code."""

import re
from functools import lru_cache

from autonav_analysis.syntax.grammars import language_for

TEST = re.compile(
    r"(^|/)(tests?|_tests|__tests__|spec|specs|e2e|testing|testdata|conformance)/"
    r"|(^|/)(tests?|test_[^/]*|[^/]*_tests?|[^/]*[.-](test|spec)(-d)?|conftest|[^/]*Tests?)\.\w+$"
)
GENERATED = re.compile(
    r"(^|/)(dist|build|vendor|vendored|_vendor|third_party|node_modules|generated|__generated__)/"
    r"|\.min\.(js|css)$|\.pb\.go$|_pb2(_grpc)?\.pyi?$|\.(lock|map|snap)$|(^|/)(package-lock\.json|go\.sum)$"
)

DOCUMENT = re.compile(r"\.(md|mdx|rst|adoc)$|(^|/)docs?/")
TOOLING = re.compile(
    r"(^|/)(scripts?|bin|tools?|cmd|xtask|ci|dev|bench(es|marks?)?|examples?|playground)/|(^|/)(noxfile|setup|tasks)\.py$"
)
CATEGORIES = {
    "ci": r"^\.github/(workflows|actions)/|(^|/)\.gitlab-ci\.ya?ml$|^\.circleci/|(^|/)azure-pipelines[^/]*\.ya?ml$"
    r"|(^|/)Jenkinsfile$|^\.travis\.yml$|^\.buildkite/|(^|/)bitbucket-pipelines\.yml$|^\.?appveyor\.ya?ml$"
    r"|^\.cirrus\.ya?ml$|^\.woodpecker|^\.drone\.yml$",
    "owners": r"(^|/)CODEOWNERS$|^\.github/(dependabot\.ya?ml|renovate[^/]*|settings\.ya?ml)$|^renovate\.json5?$",
    "hooks": r"(^|/)\.pre-commit-config\.yaml$|(^|/)\.(husky|githooks)/|(^|/)lefthook\.ya?ml$|(^|/)\.lintstagedrc"
    r"|(^|/)\.git(attributes|modules)$",
    "env": r"(^|/)\.env(\.[^/]*)?$|(^|/)(secrets?|credentials?)\.(ya?ml|json|toml|env)$"
    r"|\.(pem|key|p12|pfx|jks|keystore)$|(^|/)\.(pypirc|netrc)$|(^|/)\.ssh/",
    "agent": r"(^|/)((AGENTS|CLAUDE|GEMINI)\.md|\.cursorrules|\.windsurfrules|copilot-instructions\.md|\.mcp\.json)$"
    r"|(^|/)\.(claude|cursor|codex|gemini|windsurf|kiro|opencode)/",
    "legal": r"(^|/)(LICEN[SC]E|COPYING|NOTICE|PATENTS)[^/]*$",
    "deploy": r"(^|/)(Dockerfile[^/]*|[^/]*\.dockerfile|(docker-)?compose[^/]*\.ya?ml|Procfile|fly\.toml"
    r"|serverless\.ya?ml|vercel\.json|netlify\.toml|render\.yaml|\.goreleaser\.ya?ml)$"
    r"|(^|/)(k8s|kubernetes|helm|charts|terraform|ansible|deploy|deployment|infra)/|\.tf(vars)?$",
    "migrations": r"(^|/)(migrations?|alembic/versions|db/migrate|flyway)/|(^|/)schema\.(sql|rb|prisma)$",
    "auth": r"(^|[/_.-])(auth|authn|authz|oauth2?|oidc|saml|sso|login|logout|permissions?|acl|rbac|jwt|csrf|passwords?"
    r"|crypto|cryptography|macaroons?|2fa|totp|webauthn|credentials?)([/_.-])",
    "schema": r"\.(proto|graphql|gql|avsc|thrift|xsd|prisma)$|(^|/)(openapi|swagger)[^/]*\.(ya?ml|json)$|\.schema\.json$",
    "deserialisers": r"(^|[/_.-])(de)?seriali[sz]|(^|[/_.-])(un)?(marshal|pickle)",
    "test config": r"(^|/)(conftest\.py|pytest\.ini|tox\.ini|noxfile\.py|\.coveragerc|\.?codecov\.ya?ml"
    r"|(jest|vitest|playwright)\.config\.\w+|karma\.conf\.js|\.mocharc[^/]*|\.nycrc[^/]*)$",
    "lint config": r"(^|/)(\.?ruff\.toml|mypy\.ini|\.pylintrc|\.flake8|\.?eslint(rc|\.config)[^/]*|\.eslintignore"
    r"|tsconfig[^/]*\.json|\.golangci\.ya?ml|clippy\.toml|rustfmt\.toml|\.prettierrc[^/]*|biome\.jsonc?"
    r"|pyrightconfig\.json|\.editorconfig)$",
    "manifests": r"(^|/)(pyproject\.toml|setup\.(py|cfg)|package\.json|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?"
    r"|Gemfile|Pipfile|requirements[^/]*\.(txt|in))$|(^|/)requirements/[^/]*\.(txt|in)$",
    "lock files": r"(^|/)(uv\.lock|poetry\.lock|Pipfile\.lock|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?"
    r"|go\.sum|Cargo\.lock|Gemfile\.lock|composer\.lock)$",
    "snapshots": r"(^|/)__snapshots__/|\.(snap|ambr)$|(^|/)snapshots/",
    "generated": GENERATED.pattern,
    "build": r"(^|/)(Makefile|justfile|CMakeLists\.txt|build\.rs|BUILD(\.bazel)?|WORKSPACE|MODULE\.bazel"
    r"|(webpack|vite|rollup)\.config\.\w+|gulpfile[^/]*|Gruntfile[^/]*)$",
    "tests": TEST.pattern,
}
"""What a file decides or holds, by its name, measured on 1,829 commits of other projects."""

SENSITIVE = ("ci", "owners", "hooks", "env", "agent", "deploy", "migrations", "auth", "deserialisers")
"""Of these the touched ones order a review."""

_BY_NAME = {name: re.compile(pattern) for name, pattern in CATEGORIES.items()}
_NOT_IN_TESTS = {"deploy", "migrations", "auth", "schema", "deserialisers", "env"}
_OF_DOCUMENTS = {"owners", "agent", "legal", "tests"}


def is_test(path: str) -> bool:
    """Return whether a file holds tests or what tests need."""
    return bool(TEST.search(path))


def is_generated(path: str) -> bool:
    """Return whether a program wrote a file, or it was copied from a dependency."""
    return bool(GENERATED.search(path))


def is_source(path: str) -> bool:
    """Return whether a file is code that people write, and no test."""
    return language_for(path) is not None and not is_test(path) and not is_generated(path)


@lru_cache(maxsize=8192)
def categories(path: str) -> frozenset[str]:
    """Return all that a file is by its name; documents, tests and examples decide nothing."""
    found = {name for name, pattern in _BY_NAME.items() if pattern.search(path)}
    if is_test(path) or TOOLING.search(path):
        found -= _NOT_IN_TESTS
    return frozenset(found & _OF_DOCUMENTS if is_document(path) else found)


def is_document(path: str) -> bool:
    """Return whether a file is prose, or lies in a folder of it."""
    return bool(DOCUMENT.search(path))


def is_tooling(path: str) -> bool:
    """Return whether a file serves those who work on the project: scripts, examples, benchmarks, documents."""
    return bool(TOOLING.search(path)) or is_document(path)
