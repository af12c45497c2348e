"""Run unittest's discovery and write a JUnit report: for the interpreter of any project.

Runs as a script in the project's environment, so it knows nothing of oneroof and speaks the
Python of long ago.
"""

import os
import sys
import time
import unittest
from xml.etree import ElementTree

NO_TESTS = 5


class Result(unittest.TextTestResult):
    """Records every outcome as a JUnit test case."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suite = ElementTree.Element("testsuite", name="unittest")
        self.began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.time()

    def note(self, test, sign="", text=""):
        """Add a case with its outcome."""
        classname, _, name = test.id().rpartition(".")
        seconds = "%.3f" % (time.time() - self.began)
        case = ElementTree.SubElement(
            self.suite, "testcase", classname=classname, name=name, time=seconds
        )
        if sign:
            ElementTree.SubElement(case, sign).text = text

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note(test)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note(test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failure", "unexpected success")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note(test, "failure", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.note(test, "error", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(test, "failure", self._exc_info_to_string(err, test))


def main(report):
    """Discover from the current folder, run, report; the exit codes are those of `-m unittest`."""
    sys.path.insert(0, ".")
    tests = unittest.defaultTestLoader.discover(".")
    if not tests.countTestCases():
        # Tests in a folder that is no package are found only when discovery starts there.
        for folder in filter(os.path.isdir, ("tests", "test")):
            # A loader remembers the first folder it was given as the top of all packages.
            tests = unittest.TestLoader().discover(folder)
            if tests.countTestCases():
                break
    result = unittest.TextTestRunner(resultclass=Result, verbosity=2).run(tests)
    ElementTree.ElementTree(result.suite).write(report, encoding="utf-8")
    if not result.wasSuccessful():
        return 1
    return 0 if result.testsRun else NO_TESTS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
