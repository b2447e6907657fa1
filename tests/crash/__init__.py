"""The command, killed and crowded: every test starts real processes against a sandbox of its own."""

import pytest

pytest.register_assert_rewrite("tests.crash.boundaries", "tests.crash.site")
