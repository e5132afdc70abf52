"""What the suite may suppose of a dialect that reads: everything that is closed here says why."""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

CLOSED, OPEN = exclusions.closed(), exclusions.open()


class Requirements(SuiteRequirements):
    """Of ``zuzen``."""
