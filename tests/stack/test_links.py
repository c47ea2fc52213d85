"""What the recipe cuts and compiles is its own: no file is shared with the installer's cache, and thus with others."""

from tests.stack.built import Built


def test_no_file_of_an_artifact_is_another_ones_too(infer: Built) -> None:
    files = [path for tree in infer.trees for path in tree.rglob("*") if path.is_file()]

    assert [path for path in files if path.stat().st_nlink > 1] == []
