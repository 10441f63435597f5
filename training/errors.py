"""The one error that ends training on purpose."""


class TrainingError(Exception):
    """What keeps a model from being fitted: one sentence that says what is wrong and what to do about it.

    `fit.py` prints it as the last line of stderr and exits with code 2. Anything else that is raised is a defect.
    """
