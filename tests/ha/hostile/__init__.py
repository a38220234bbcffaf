"""A hub that does all it can: what it sends changes nothing, opens nothing and tells it nothing."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.house")
