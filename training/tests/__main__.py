"""Runs the tests of training.

    python training/tests
"""

import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS.parent))

suite = unittest.defaultTestLoader.discover(str(TESTS))
result = unittest.TextTestRunner().run(suite)
sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
