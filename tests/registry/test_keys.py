"""What a cold start reads of a model that a deployment names: everything that does not depend on another read."""

import pytest

from modelet.registry.keys import aliases_key, first_keys, version_key


@pytest.mark.parametrize("name", ["m", "m@", "m@live", "m@canary", "m@1"])
def test_of_an_alias_the_document_and_what_holds_without_one(name: str) -> None:
    assert first_keys(name) == [aliases_key("m"), version_key("m", 1)]


def test_of_a_version_its_manifest_too() -> None:
    assert first_keys("m@3") == [aliases_key("m"), version_key("m", 1), version_key("m", 3)]


@pytest.mark.parametrize("name", ["", "../other", "Not A Name", "m@Not A Ref", "m@1@2", "a/b"])
def test_of_what_is_no_name_nothing(name: str) -> None:
    assert first_keys(name) == []
