"""Whatever is done to the registry, in whatever order, it stays like the small model of itself, on every store."""

import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from modelet.errors import ModeletError
from modelet.registry import changing, collecting, copying
from modelet.registry.publishing import publish
from modelet.registry.reading import current_aliases, find_version, list_models, list_versions, read_manifest
from modelet.registry.recording import find_variants, write_variants
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, draft_of, failing_source, publish_bytes, snapshot, with_blob
from tests.registry.small_model import SmallModel, variant_of
from tests.registry.variants import record_of

MODELS = st.sampled_from(["m", "m", "m", "another-model"])
CONTENTS = st.sampled_from([b"", b"one", b"two", b"three"])
VERSIONS = st.integers(1, 4)
ALIASES = st.sampled_from(["live", "canary"])
EXAMPLES = {"memory": (200, 40), "folder": (15, 25), "s3": (6, 18)}
"""How many runs, of how many steps."""


def outcome(action: Callable[[], Any]) -> object:
    """What an action answers, or the class of what it raises."""
    try:
        return action()
    except ModeletError as error:
        return type(error)


class RegistryMachine(RuleBasedStateMachine):
    """One registry, the small model of it, and what may never change again."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.elsewhere = open_store(f"memory://{uuid.uuid4().hex}")
        self.small = {"m": SmallModel(), "another-model": SmallModel()}
        self.copies: dict[str, int] = {}
        self.frozen: dict[str, bytes] = {}

    def both(self, real: Callable[[], object], small: Callable[[], object]) -> None:
        """The same must come of both; of the real one only whether it succeeds."""
        expected, actual = outcome(small), outcome(real)
        assert (actual if isinstance(actual, type) else None) == expected

    @initialize()
    def begin_with_a_few_versions(self) -> None:
        for data in (b"one", b"two", b"three"):
            self.publish("m", data)

    @rule(model=MODELS, data=CONTENTS)
    def publish(self, model: str, data: bytes) -> None:
        published = publish_bytes(self.store, model, data, description=data.decode())

        assert published.version == self.small[model].publish(data)
        assert read_manifest(self.store, model, published.version) == published

    @rule(model=MODELS, data=CONTENTS)
    def interrupt_a_publish(self, model: str, data: bytes) -> None:
        draft = with_blob(draft_of(model, data), "report", b"a large report")
        sources = {
            draft.artifact.sha256: lambda: [data],
            artifact_of(b"a large report").sha256: failing_source(KeyboardInterrupt(), b"a large"),
        }
        with pytest.raises(KeyboardInterrupt):
            publish(self.store, draft, sources)
        self.small[model].blobs.add(data)

    @rule(model=MODELS, version=VERSIONS, alias=ALIASES)
    def promote(self, model: str, version: int, alias: str) -> None:
        self.both(
            lambda: changing.promote(self.store, model, version, alias),
            lambda: self.small[model].split({version: 1.0}, alias),
        )

    @rule(model=MODELS, weights=st.dictionaries(VERSIONS, st.integers(1, 3), min_size=1, max_size=3), alias=ALIASES)
    def split(self, model: str, weights: dict[int, float], alias: str) -> None:
        self.both(
            lambda: changing.split(self.store, model, weights, alias),
            lambda: self.small[model].split(weights, alias),
        )

    @rule(model=MODELS, alias=ALIASES)
    def rollback(self, model: str, alias: str) -> None:
        self.both(
            lambda: changing.rollback(self.store, model, alias),
            lambda: self.small[model].rollback(alias),
        )

    @rule(model=MODELS, version=VERSIONS | st.none(), alias=ALIASES, share=st.sampled_from([0.5, 1.0]))
    def shadow(self, model: str, version: int | None, alias: str, share: float) -> None:
        self.both(
            lambda: changing.shadow(self.store, model, version, alias, share),
            lambda: self.small[model].shadow(version, alias, share),
        )

    @rule(model=MODELS, version=VERSIONS, runtime=st.sampled_from(["1.32.0", "1.33.0"]))
    def derive(self, model: str, version: int, runtime: str) -> None:
        def real() -> None:
            manifest = read_manifest(self.store, model, find_version(self.store, model, str(version)))
            digest = manifest.artifact.sha256
            known = find_variants(self.store, model, digest, ())
            data = self.small[model].contents[version - 1]
            ready = variant_of(data, runtime)
            record = record_of(data, ready, runtime=runtime)
            written = write_variants(self.store, model, [record], {record.blob.sha256: lambda: [ready]})
            changing.announce(self.store, model, digest, tuple(written), always=not set(written) <= set(known))

        self.both(real, lambda: self.small[model].derive(version, runtime))

    @rule(model=MODELS, version=VERSIONS, reason=st.sampled_from(["old", "worse"]))
    def deprecate(self, model: str, version: int, reason: str) -> None:
        self.both(
            lambda: changing.deprecate(self.store, model, version, reason),
            lambda: self.small[model].deprecate(version, reason),
        )

    @rule(model=MODELS, version=VERSIONS, reason=st.sampled_from(["bad", ""]))
    def delete(self, model: str, version: int, reason: str) -> None:
        self.both(
            lambda: changing.delete(self.store, model, version, reason),
            lambda: self.small[model].delete(version, reason),
        )

    @rule(model=MODELS, ref=st.sampled_from(["1", "2", "3", "live", "canary", "nobody"]))
    def find(self, model: str, ref: str) -> None:
        assert outcome(lambda: find_version(self.store, model, ref)) == outcome(lambda: self.small[model].find(ref))

    @rule()
    def collect(self) -> None:
        assert collecting.find_garbage(self.store) == []  # everything is young

        found = collecting.find_garbage(self.store, grace_seconds=0)

        expected = {(m, artifact_of(data).sha256) for m, small in self.small.items() for data in small.collect()}
        assert {(garbage.model, garbage.digest) for garbage in found} == expected
        assert all(collecting.collect(self.store, garbage, grace_seconds=0) for garbage in found)
        for model, digest in expected:
            self.frozen.pop(f"models/{model}/blobs/{digest}", None)

    @precondition(lambda self: self.small["m"].contents)
    @rule(version=VERSIONS)
    def copy(self, version: int) -> None:
        servable = version <= len(self.small["m"].contents) and version not in self.small["m"].deleted
        copied = outcome(lambda: copying.copy(self.store, "m", version, self.elsewhere))

        assert isinstance(copied, type) == (not servable)
        if servable:
            data = self.small["m"].contents[version - 1]
            assert snapshot(self.elsewhere)[f"models/m/blobs/{artifact_of(data).sha256}"] == data
            self.copies["m"] = self.copies.get("m", 0) + 1

    @invariant()
    def versions_and_aliases_are_as_the_small_model_has_them(self) -> None:
        assert list_models(self.store) == sorted(model for model, small in self.small.items() if small.contents)
        assert len(list_versions(self.elsewhere, "m")) == self.copies.get("m", 0)
        for model, small in self.small.items():
            assert list_versions(self.store, model) == list(range(1, len(small.contents) + 1))
            if small.contents:
                aliases = current_aliases(self.store, model).aliases
                led = {
                    name: [tuple((t.version, t.weight) for t in state) for state in (alias.targets, *alias.previous)]
                    for name, alias in aliases.aliases.items()
                }
                assert led == small.led
                shadows = {name: alias.shadow for name, alias in aliases.aliases.items() if alias.shadow}
                assert {name: (held.version, held.weight) for name, held in shadows.items()} == small.shadows
                for target in (target for alias in aliases.aliases.values() for target in alias.named):
                    known = small.derived.get(small.contents[target.version - 1], set())
                    assert {variant.runtime for variant in target.variants} == known
                assert (aliases.deprecated, aliases.deleted) == (small.deprecated, small.deleted)
                assert [event.action for event in aliases.history] == small.actions

    @invariant()
    def nothing_that_was_written_changes(self) -> None:
        now = snapshot(self.store)

        assert {key: now.get(key) for key in self.frozen} == self.frozen
        self.frozen = now

    @invariant()
    def no_document_before_the_first_change(self) -> None:
        documents = {key.split("/")[1] for key in self.keys() if key.endswith("/aliases.json")}

        assert documents == {model for model, small in self.small.items() if small.actions}

    def keys(self) -> list[str]:
        return [entry.key for entry in self.store.scan("")]


@pytest.mark.parametrize("kind", ["memory", "folder", "s3"])
def test_the_registry_is_like_the_small_model_of_itself(
    kind: str, tmp_path: Path, s3_url: str, s3_env: dict[str, str]
) -> None:
    def fresh() -> RegistryMachine:
        place = {
            "memory": f"memory://{uuid.uuid4().hex}",
            "folder": f"file://{mkdtemp(dir=tmp_path)}",
            "s3": f"{s3_url}/{uuid.uuid4().hex}",
        }
        return RegistryMachine(open_store(place[kind], s3_env))

    run_state_machine_as_test(
        fresh,  # type: ignore[arg-type]  # any callable that makes a machine will do
        settings=settings(
            max_examples=EXAMPLES[kind][0],
            stateful_step_count=EXAMPLES[kind][1],
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
