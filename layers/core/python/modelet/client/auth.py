"""Who asks: a bearer token, or an AWS identity whose signature an API with IAM authorisation wants."""

import os
from collections.abc import Callable, Generator

import httpx

from modelet.errors import InvalidSetting


class Bearer(httpx.Auth):
    """A token, or a function that answers one, which is called for each request: tokens expire."""

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._token if isinstance(self._token, str) else self._token()}"
        yield request


class Iam(httpx.Auth):
    """Requests signed with Signature Version 4 by the AWS identity of this environment, as botocore finds it
    (`pip install 'modelet[iam]'`).

    `service` is `execute-api` for API Gateway and `lambda` for Function URLs. Raises InvalidSetting where botocore, the
    identity or the region is missing.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
    """

    requires_request_body = True

    def __init__(self, region: str | None = None, service: str = "execute-api", profile: str | None = None) -> None:
        try:
            from botocore.session import Session
        except ModuleNotFoundError:
            raise InvalidSetting("Signing requests takes botocore: pip install 'modelet[iam]'.") from None
        session = Session(profile=profile)
        self._credentials = session.get_credentials()
        self._region = region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
        self._service = service
        if self._credentials is None:
            raise InvalidSetting("There is no AWS identity to sign requests with: set AWS_PROFILE, or sign in.")
        if not self._region:
            raise InvalidSetting("Signing requests takes a region: pass it, or set AWS_REGION.")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        # Only what no proxy changes is signed.
        headers = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        signed = AWSRequest(request.method, str(request.url), data=request.content, headers=headers)
        SigV4Auth(self._credentials.get_frozen_credentials(), self._service, self._region).add_auth(signed)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            if name in signed.headers:
                request.headers[name] = signed.headers[name]
        yield request
