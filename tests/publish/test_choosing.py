"""Which form a profile loads: what is preferred, unless a measurement says otherwise, and more than once."""

import pytest

from modelet.manifest import BATCH, LATENCY, PROFILES
from modelet.publish.choosing import Figures, best, choose_prepacking

CANONICAL = Figures(load=0.2, first=0.01, row=0.003, batch=0.03)
UNPACKED = Figures(load=0.001, first=0.01, row=0.003, batch=0.05)
PACKED = Figures(load=0.1, first=0.01, row=0.003, batch=0.03)


def choose(profile: str, canonical: Figures = CANONICAL, **variants: Figures) -> bool | None:
    held = {"unpacked": UNPACKED, "packed": PACKED, **variants}
    return choose_prepacking(profile, [canonical] * 2, {False: [held["unpacked"]] * 2, True: [held["packed"]] * 2})


def test_single_rows_load_without_prepacking_and_batches_with_it() -> None:
    assert choose(LATENCY) is False
    assert choose(BATCH) is True


def test_what_is_slow_without_packed_weights_is_never_loaded_without() -> None:
    slow = Figures(load=0.001, first=0.1, row=0.1, batch=1.0)  # as integer kernels are

    assert choose(LATENCY, unpacked=slow) is True


def test_batches_go_without_prepacking_where_that_is_faster() -> None:
    assert choose(BATCH, unpacked=Figures(0.001, 0.01, 0.002, 0.02)) is False


def test_where_nothing_tells_the_two_apart_each_profile_has_what_it_prefers() -> None:
    assert choose(LATENCY, unpacked=PACKED) is False
    assert choose(BATCH, unpacked=PACKED) is True


@pytest.mark.parametrize("profile", PROFILES)
def test_the_canonical_model_stays_where_it_runs_so_much_faster_that_loading_it_pays(profile: str) -> None:
    fast = Figures(load=0.2, first=0.01, row=0.0001, batch=0.001)
    slow = Figures(load=0.1, first=0.01, row=0.02, batch=0.2)

    assert choose(profile, fast, unpacked=slow, packed=slow) is None


@pytest.mark.parametrize(("share", "chosen"), [(0.95, False), (0.85, True)])
def test_a_little_faster_may_be_chance(share: float, chosen: bool) -> None:
    faster = Figures(UNPACKED.load * share, UNPACKED.first * share, UNPACKED.row * share)

    assert choose(LATENCY, packed=faster) is chosen


def test_one_round_is_no_evidence() -> None:
    stolen = Figures(load=1.0, first=1.0, row=1.0, batch=1.0)  # by whatever else the machine did
    variants = {False: [stolen, UNPACKED], True: [PACKED, PACKED]}

    assert choose_prepacking(LATENCY, [CANONICAL] * 2, variants) is False


def test_a_model_without_batches_is_measured_by_single_rows() -> None:
    packed, unpacked = Figures(0.1, 0.01, 0.001), Figures(0.001, 0.01, 0.003)

    assert choose(BATCH, Figures(0.2, 0.01, 0.001), packed=packed, unpacked=unpacked) is True


@pytest.mark.parametrize(("left", "chosen"), [(True, True), (False, False)])
def test_only_what_answers_right_can_be_chosen(left: bool, chosen: bool) -> None:
    assert choose_prepacking(LATENCY, [CANONICAL], {left: [UNPACKED]}) is chosen
    assert choose_prepacking(LATENCY, [CANONICAL], {}) is None


def test_the_best_figures_are_the_shortest_of_all_rounds() -> None:
    assert best([Figures(3, 1, 5, 9), Figures(2, 4, 6, 8)]) == Figures(2, 1, 5, 8)
    assert best([Figures(3, 1, 5), Figures(2, 4, 6)]) == Figures(2, 1, 5)
