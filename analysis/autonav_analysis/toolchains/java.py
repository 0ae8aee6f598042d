"""Maven and Gradle projects."""

import posixpath
from collections.abc import Iterator, Sequence

from autonav_analysis.toolchains._manifest import text_of, texts, xml_of
from autonav_analysis.toolchains._project import BROKEN, DECLARED, GUESSED, LOCKED, Detector, Project, Report
from autonav_analysis.toolchains._tree import Tree, ancestors, below, has, join, matching

POM = "pom.xml"
GRADLE_BUILDS = ("build.gradle", "build.gradle.kts")
GRADLE_SETTINGS = ("settings.gradle", "settings.gradle.kts")
TESTS = ("src/test/", "src/integrationTest/")
SUREFIRE = ("**/target/surefire-reports/TEST-*.xml",)
GRADLE_RESULTS = ("**/build/test-results/*/TEST-*.xml",)


def detect(tree: Tree, folders: Sequence[str]) -> Iterator[Project]:
    """Return a project for each build; the modules of a build belong to it, and of two builds in one folder one."""
    modules = _maven_modules(tree, folders)
    for folder in folders:
        maven = has(tree, folder, POM) and folder not in modules
        gradle = bool(matching(tree, folder, *GRADLE_BUILDS, *GRADLE_SETTINGS)) and not _is_gradle_member(tree, folder)
        if maven and gradle:
            both = f"{folder or 'the root'} has builds of Maven and of Gradle"
            prefers_gradle = has(tree, folder, "gradlew") and not has(tree, folder, "mvnw")
            yield _gradle(tree, folder, (both,)) if prefers_gradle else _maven(tree, folder, (both,))
        elif maven:
            yield _maven(tree, folder, ())
        elif gradle:
            yield _gradle(tree, folder, ())


def _maven(tree: Tree, folder: str, problems: tuple[str, ...]) -> Project:
    root, problem = xml_of(tree, join(folder, POM))
    if not problem and root.name != "project":
        problem = f"{join(folder, POM)} is no Maven project"
    has_modules = bool(texts(root, "modules", "module"))
    wrapper = has(tree, folder, "mvnw")
    run = ("./mvnw" if wrapper else "mvn", "-q", "-B")
    tests = _has_tests(tree, folder)
    return Project(
        toolchain="java",
        folder=folder,
        manager="maven",
        confidence=BROKEN if problem else LOCKED if wrapper else DECLARED,
        evidence=tuple(join(folder, name) for name in (POM, "mvnw")[: 1 + wrapper]),
        # go-offline cannot resolve modules that depend on modules not built yet
        install=(*run, "-DskipTests", "test-compile") if has_modules else (*run, "dependency:go-offline"),
        build=(*run, "-DskipTests", "package"),
        test=(*run, "-fae", "test") if tests else (),
        smoke=(*run, "validate"),
        report=Report("junit_xml", SUREFIRE) if tests else None,
        problems=(*((problem,) if problem else ()), *problems),
    )


def _gradle(tree: Tree, folder: str, problems: tuple[str, ...]) -> Project:
    scripts = matching(tree, folder, *GRADLE_BUILDS, *GRADLE_SETTINGS)
    unreadable = [problem for name in scripts if (problem := text_of(tree, join(folder, name))[1])]
    wrapper = has(tree, folder, "gradlew")
    run = ("./gradlew" if wrapper else "gradle", "--no-daemon", "--console=plain", "-q")
    tests = _has_tests(tree, folder)
    confidence = LOCKED if wrapper else DECLARED if matching(tree, folder, *GRADLE_BUILDS) else GUESSED
    return Project(
        toolchain="java",
        folder=folder,
        manager="gradle",
        confidence=BROKEN if unreadable else confidence,
        evidence=tuple(join(folder, name) for name in (*scripts, *(("gradlew",) if wrapper else ()))),
        install=(*run, "testClasses"),
        build=(*run, "assemble"),
        test=(*run, "--continue", "test") if tests else (),
        smoke=(*run, "classes"),
        report=Report("junit_xml", GRADLE_RESULTS) if tests else None,
        problems=(*unreadable, *problems),
    )


def _maven_modules(tree: Tree, folders: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        if not has(tree, folder, POM):
            continue
        root, _problem = xml_of(tree, join(folder, POM))
        named = texts(root, "modules", "module") + texts(root, "profiles", "profile", "modules", "module")
        for name in named:
            path = posixpath.normpath(join(folder, name)) if name else ""
            path = posixpath.dirname(path) if path.endswith(".xml") else path
            if path not in ("", ".", folder):
                found.add(path)
    return found


def _is_gradle_member(tree: Tree, folder: str) -> bool:
    if matching(tree, folder, *GRADLE_SETTINGS):
        return False
    return any(matching(tree, above, *GRADLE_SETTINGS) for above in ancestors(folder))


def _has_tests(tree: Tree, folder: str) -> bool:
    return any(f"/{test}" in f"/{path}" for path in below(tree, folder) for test in TESTS)


DETECT = Detector("java", (POM, *GRADLE_BUILDS, *GRADLE_SETTINGS), detect)
