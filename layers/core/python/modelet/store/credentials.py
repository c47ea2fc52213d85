"""Who we are to S3, where obstore alone cannot tell: container credentials (what SnapStart restores with), and
profiles.

Container credentials: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.errors import InvalidSetting, StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

Provider = Callable[[], Any]

ECS_HOST = "http://169.254.170.2"
REFRESH = timedelta(minutes=5)
_KEYS = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}


class Credentials(NamedTuple):
    """What to tell obstore: fixed keys, or a provider to ask, or neither where it finds them itself; and a region."""

    keys: Mapping[str, str] = {}
    provider: Provider | None = None
    region: str | None = None


def find_credentials(env: Mapping[str, str]) -> Credentials:
    """Choose as every AWS SDK does: keys in the environment win, then the shared profile, then the container's.

    Raises InvalidSetting where a named profile cannot be used.
    """
    if env.get("AWS_ACCESS_KEY_ID"):
        return Credentials({name: env[variable] for name, variable in _KEYS.items() if env.get(variable)})
    if env.get("AWS_PROFILE") or _file(env, "credentials").exists():
        return _profile(env)
    if env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") or env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return Credentials(provider=_Container(env))
    return Credentials()


def _file(env: Mapping[str, str], name: str) -> "Path":
    from pathlib import Path

    variable = {"credentials": "AWS_SHARED_CREDENTIALS_FILE", "config": "AWS_CONFIG_FILE"}[name]
    return Path(env.get(variable) or Path(env.get("HOME") or "~").expanduser() / ".aws" / name)


def _profile(env: Mapping[str, str]) -> Credentials:
    try:
        # Profiles may assume roles or sign in by SSO: botocore knows them all, and only developers' machines have them.
        from botocore.session import Session
    except ImportError:
        raise InvalidSetting(
            "Reading an AWS profile needs botocore: pip install 'modelet[cli]', or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY."
        ) from None
    from botocore.exceptions import BotoCoreError

    try:
        session = Session(profile=env.get("AWS_PROFILE") or None)
        session.set_config_variable("credentials_file", str(_file(env, "credentials")))
        session.set_config_variable("config_file", str(_file(env, "config")))
        region = session.get_config_variable("region")
        held = session.get_credentials()
    except BotoCoreError as error:
        raise InvalidSetting(f"The AWS profile cannot be used: {error}.") from None
    if held is None:
        raise InvalidSetting(f"The AWS profile {env.get('AWS_PROFILE') or 'default'!r} holds no credentials.")

    def provide() -> dict[str, Any]:
        frozen = held.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + REFRESH,
        }

    return Credentials(provider=provide, region=region)


class _Container:
    # obstore reads neither AWS_CONTAINER_AUTHORIZATION_TOKEN nor a token file that ends with a newline.
    def __init__(self, env: Mapping[str, str]) -> None:
        self.url = env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") or (
            ECS_HOST + env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        )
        self._token = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        self._token_file = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")

    def _authorization(self) -> dict[str, str]:
        from pathlib import Path

        token = Path(self._token_file).read_text().strip() if self._token_file else self._token
        return {"Authorization": token} if token else {}

    def __call__(self) -> dict[str, Any]:
        from json import load
        from urllib.request import ProxyHandler, Request, build_opener

        try:
            request = Request(self.url, headers=self._authorization())  # noqa: S310 - set by the platform
            # The address is local to the container: a proxy could not reach it.
            with build_opener(ProxyHandler({})).open(request, timeout=5) as answer:
                held = load(answer)
            return {
                "access_key_id": held["AccessKeyId"],
                "secret_access_key": held["SecretAccessKey"],
                "token": held.get("Token"),
                "expires_at": datetime.fromisoformat(held["Expiration"]),
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreUnavailable(f"The container's credentials cannot be read: {error!r}.") from error
