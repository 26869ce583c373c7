"""What pytest is told; the fixtures are those of `helpers`."""

import gc

import numpy as np
from hypothesis import settings

settings.register_profile("default", deadline=None, max_examples=25, derandomize=True)
# Before a release: pytest --hypothesis-profile=thorough
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile("default")


def pytest_configure():
    """Look for garbage less often: modules and tests live to the end.

    To freeze them would save as much, but old hypothesis then draws other examples.
    """
    gc.set_threshold(100_000, 50, 100)


def pytest_collection(session):
    """Load the fixtures where tests are collected.

    The process that hands them out collects none: all wait for what it imports.
    """
    session.config.pluginmanager.import_plugin("helpers")


def pytest_generate_tests(metafunc):
    """Run tests of tensors on every device."""
    if "device" in metafunc.fixturenames:
        from helpers import devices

        metafunc.parametrize("device", devices())


def pytest_collection_modifyitems(items):
    """Leave out complex signals of groups that act on real ones only."""

    def fits(item):
        pair = getattr(item, "callspec", None) and item.callspec.params
        if not pair or not {"group", "dtype"} <= pair.keys():
            return True
        return pair["group"].acts_on != "real" or np.dtype(pair["dtype"]).kind != "c"

    items[:] = [item for item in items if fits(item)]
