"""What becomes of odd paths. The first table was captured from a live HTTP API: https://github.com/hotsock/voker/pull/8"""

import pytest

from modelet.local.path import decode_path

CAPTURED = {
    "/capture/plain": "/capture/plain",
    "/capture/space%20value": "/capture/space value",
    "/capture/question%3Fvalue": "/capture/question",
    "/capture/percent%25done": None,
    "/capture/hash%23value": "/capture/hash#value",
    "/capture/slash%2Fvalue": "/capture/slash/value",
    "/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C": "/capture/unicode-λ-世界",
    "/capture/literal%252Fvalue": "/capture/literal/value",
    "/capture/literal%253Fvalue": "/capture/literal?value",
    "/capture/literal%2525value": "/capture/literal%value",
}


@pytest.mark.parametrize(("sent", "seen"), CAPTURED.items())
def test_a_path_is_decoded_as_the_live_service_decodes_it(sent: str, seen: str | None) -> None:
    assert decode_path(sent) == seen


@pytest.mark.parametrize("path", ["/", "//a//b", "/a/../b", "/a/./b", "/a/", "/a+b", "/models/x:predict"])
def test_a_path_without_percent_signs_is_left_as_it_is(path: str) -> None:
    assert decode_path(path) == path


@pytest.mark.parametrize("path", ["/%", "/%2", "/%zz", "/a%ggb"])
def test_a_percent_sign_that_encodes_nothing_is_refused(path: str) -> None:
    assert decode_path(path) is None


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    assert decode_path("/%ff") == "/\ufffd"
