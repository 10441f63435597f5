"""Runs the tests of the sequence models.

    python training/sequences/tests
"""

import os
import sys
import unittest
from pathlib import Path

os.environ['XLA_FLAGS'] = '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'
os.environ['JAX_PLATFORMS'] = 'cpu'
TESTS = Path(__file__).parent
sys.path[1:1] = [str(TESTS.parent), str(TESTS.parent.parent)]

suite = unittest.defaultTestLoader.discover(str(TESTS))
result = unittest.TextTestRunner().run(suite)
sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
