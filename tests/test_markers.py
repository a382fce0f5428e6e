"""Markers of this test run."""

import pytest


@pytest.mark.needs("skgenre_is_not_a_package_of_this_name")
def test_a_test_without_its_package_does_not_run():
    raise AssertionError("this test should have been skipped")
