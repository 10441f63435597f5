"""The error that ends training on purpose."""


class TrainingError(Exception):
    """A reason why no model can be fitted: a message that says what is wrong, and what to do.

    `fit.py` prints it as the last line of stderr and exits with code 2. Anything else that is raised is a defect.
    """
