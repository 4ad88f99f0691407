"""Fixtures: one township with a running server for a whole file; tests that break it make their
own."""
import pytest

import bangban


@pytest.fixture(scope="module")
def town():
    t = bangban.Township()
    t.start()
    yield t
    t.close()


@pytest.fixture
def own_town():
    made = []

    def make(*words, **more):
        t = bangban.Township(**more)
        made.append(t)
        return t.start(*words)

    yield make
    for t in made:
        t.close()
