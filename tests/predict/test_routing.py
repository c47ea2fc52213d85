"""Splits that stick to a key: always the same version, shares that are kept, and few keys that move."""

import random
from collections import Counter

import pytest

from modelet.errors import InvalidRequest
from modelet.manifest import Artifact
from modelet.messages import InferRequest
from modelet.predict.routing import Place, by_weight, choose, is_copied
from modelet.registry.aliases import Target, Targets
from modelet.registry.changing import split
from modelet.store import open_store
from modelet.tensors.nested import JsonTensor
from tests.onnx_models import scale
from tests.published import publish_model, serve

PLACE = ("m", "live")
CHANCE = random.Random(7)
KEYS = [
    *(f"user-{number}" for number in range(10_000)),
    *(CHANCE.randbytes(16).hex() for _ in range(10_000)),
]


def targets(**shares: float) -> Targets:
    """Of version 1 with a share of 0.9: `v1=0.9`."""
    return tuple(target(int(name[1:]), share) for name, share in shares.items())


def target(version: int, share: float) -> Target:
    return Target(version, share, "", Artifact("a" * 64, 1))


def chosen(split_: Targets, place: Place = PLACE) -> list[int]:
    """The version for each of the keys."""
    return [choose(split_, place, key).version for key in KEYS]


def moved(before: Targets, after: Targets) -> Counter[tuple[int, int]]:
    """How many keys went from one version to another."""
    pairs = zip(chosen(before), chosen(after), strict=True)
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def test_a_key_leads_to_the_same_version_on_every_machine_and_for_ever() -> None:
    keys = ("", "a", "user-1", "user-2", "Zoë", "\0", "x" * 256)

    led = [choose(targets(v1=0.5, v2=0.3, v7=0.2), PLACE, key).version for key in keys]
    copied = [is_copied(target(3, 0.5), PLACE, key) for key in keys]

    assert led == [2, 7, 7, 1, 1, 7, 2]
    assert copied == [False, True, True, False, True, True, True]


# With 20,000 keys, which are always the same: a result either holds or does not. The limit is what chance exceeds once
# in ten thousand.
@pytest.mark.parametrize(
    ("split_", "limit"),
    [
        (targets(v1=0.5, v2=0.5), 15.14),
        (targets(v1=0.9, v2=0.1), 15.14),
        (targets(v1=0.99, v2=0.01), 15.14),
        (targets(v1=0.5, v2=0.3, v3=0.2), 18.42),
        (targets(v4=0.7, v5=0.1, v6=0.1, v7=0.1), 21.11),
    ],
)
def test_shares_of_keys_are_the_weights(split_: Targets, limit: float) -> None:
    for keys in (KEYS[:10_000], KEYS[10_000:], KEYS):
        counts = Counter(choose(split_, PLACE, key).version for key in keys)

        expected = {held.version: held.weight * len(keys) for held in split_}
        chi_square = sum((counts[version] - mean) ** 2 / mean for version, mean in expected.items())
        assert chi_square < limit, counts


def test_a_canary_that_grows_takes_only_what_it_grows_by() -> None:
    went = moved(targets(v1=0.9, v2=0.1), targets(v1=0.8, v2=0.2))

    assert went.keys() == {(1, 2)}
    assert went[1, 2] / len(KEYS) == pytest.approx(0.1, abs=0.01)


def test_one_of_two_canaries_that_grows_takes_little_from_the_other() -> None:
    went = moved(targets(v1=0.8, v2=0.1, v3=0.1), targets(v1=0.7, v2=0.1, v3=0.2))

    # Shares of a line from 0 to 1 would move 20 %, half of it from one canary to the other.
    assert went.total() / len(KEYS) == pytest.approx(0.111, abs=0.01)
    assert went.keys() == {(1, 2), (1, 3), (2, 3)}


def test_a_version_that_leaves_moves_no_key_but_its_own() -> None:
    went = moved(targets(v1=0.25, v2=0.5, v3=0.25), targets(v1=0.5, v3=0.5))

    assert went.keys() == {(2, 1), (2, 3)}


def test_the_order_of_the_targets_is_of_no_account() -> None:
    assert chosen(targets(v1=0.6, v2=0.4)) == chosen(targets(v2=0.4, v1=0.6))


def test_a_version_without_a_share_gets_no_key() -> None:
    assert set(chosen(targets(v1=0.0, v2=1.0))) == {2}


@pytest.mark.parametrize("place", [("other", "live"), ("m", "canary")])
def test_whoever_is_first_for_one_model_is_not_first_everywhere(place: Place) -> None:
    split_ = targets(v1=0.5, v2=0.5)

    same = sum(a == b for a, b in zip(chosen(split_), chosen(split_, place), strict=True))

    assert same / len(KEYS) == pytest.approx(0.5, abs=0.02)


def test_a_shadow_keeps_its_keys_when_its_share_grows_and_has_others_than_a_canary() -> None:
    few, many = ([is_copied(target(2, share), PLACE, key) for key in KEYS] for share in (0.1, 0.3))
    canary = [version == 2 for version in chosen(targets(v1=0.9, v2=0.1))]

    assert sum(few) / len(KEYS) == pytest.approx(0.1, abs=0.01)
    assert sum(many) / len(KEYS) == pytest.approx(0.3, abs=0.015)
    assert not any(one and not other for one, other in zip(few, many, strict=True))
    both = sum(one and other for one, other in zip(few, canary, strict=True))
    assert both / len(KEYS) == pytest.approx(0.01, abs=0.005)
    assert all(is_copied(target(2, 1.0), PLACE, key) for key in (None, "a"))


@pytest.mark.parametrize(("point", "version"), [(0.0, 1), (0.2499, 1), (0.25, 2), (0.999999, 2), (1.0, 2)])
def test_without_a_key_a_point_falls_to_the_target_that_holds_it(point: float, version: int) -> None:
    assert by_weight(targets(v1=0.25, v2=0.75), point).version == version


def test_processes_agree_and_keys_outlive_a_change_of_the_weights() -> None:
    store = open_store("memory://routing")
    for factor in (1.0, 2.0):
        publish_model(store, "m", scale(factor))
    split(store, "m", {1: 1, 2: 1})

    def led() -> list[int]:
        models = serve(store)
        return [
            models.predict(InferRequest("m", "live", {"x": JsonTensor([[1, 1]])}, routing_key=key)).version
            for key in KEYS[:40]
        ]

    before = led()
    assert before == led() == chosen(targets(v1=0.5, v2=0.5))[:40]
    assert set(before) == {1, 2}

    split(store, "m", {1: 1, 2: 3})
    assert all(new == 2 for old, new in zip(before, led(), strict=True) if old == 2)


@pytest.mark.parametrize("key", ["", "x" * 257, "\ud800", 7])
def test_what_cannot_be_a_key_is_refused_before_any_io_and_not_quoted(key: str) -> None:
    models = serve(open_store("memory://routing-nothing"))

    with pytest.raises(InvalidRequest, match="outing key") as raised:
        models.predict(InferRequest("nobody", "live", {}, routing_key=key))

    assert raised.value.status == 400
    assert not key or str(key) not in raised.value.message.replace("256", "").replace("257", "")
