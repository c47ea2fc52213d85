"""The OpenAPI page: one file that needs no other, so that it works offline and under a strict policy."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter()

PAGE = Path(__file__).with_name("docs.html").read_text(encoding="utf-8")
POLICY = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"


@router.get("/docs", include_in_schema=False)
def page() -> HTMLResponse:
    """The page, which reads `/openapi.json`."""
    return HTMLResponse(PAGE, headers={"content-security-policy": POLICY, "x-content-type-options": "nosniff"})
