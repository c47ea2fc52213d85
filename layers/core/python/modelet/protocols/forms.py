"""Forms: the fields of a body that a browser, or curl with -F and -d, would send.

https://datatracker.ietf.org/doc/html/rfc7578 and https://url.spec.whatwg.org/#application/x-www-form-urlencoded
"""

from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple
from urllib.parse import parse_qsl

from modelet.errors import InvalidRequest
from modelet.messages import HttpRequest

URLENCODED = "application/x-www-form-urlencoded"


class Field(NamedTuple):
    """One field. `media_type` is empty where nobody says what it is; a file has a name of its own."""

    name: str
    data: bytes
    media_type: str = ""
    is_file: bool = False


def read_form(request: HttpRequest) -> list[Field]:
    """The fields of a form, in order; raises InvalidRequest for a body that is none."""
    described = Message()
    described["content-type"] = request.headers["content-type"]
    if described.get_content_type() == URLENCODED:
        return _pairs(request.body)
    boundary = described.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise InvalidRequest("The content type multipart/form-data has no boundary.")
    fields = _parts(request.body, boundary.encode(errors="replace"))
    if not fields:
        raise InvalidRequest("The form has no fields: its body has no part between the boundaries it declares.")
    return fields


def _pairs(body: bytes) -> list[Field]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding="latin-1")  # a character for each byte
    except ValueError:
        raise InvalidRequest("The form is not valid: it must be ASCII, with percent-encoded values.") from None
    return [Field(name.encode("latin-1").decode(errors="replace"), value.encode("latin-1")) for name, value in pairs]


def _parts(body: bytes, boundary: bytes) -> list[Field]:
    fields = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if piece.startswith(b"--"):
            break
        head, _, data = piece.partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head.partition(b"\r\n")[2])
        name = headers.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise InvalidRequest("The form has a field without a name.")
        media_type = headers.get_content_type() if "content-type" in headers else ""
        fields.append(Field(name, data, media_type, headers.get_filename() is not None))
    return fields
