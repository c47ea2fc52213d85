"""Why S3 could not be used, in the user's words: obstore's own messages are a request's method and a debug dump."""

import re

_ERROR_CODE = re.compile(r"<Code>(\w+)</Code>|code: (\w+)\)")
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")
_CAUSE = re.compile(r'"([^"]*)",?\s*\),?\s*$|message: "([^"]+)"', re.MULTILINE)
_WITHOUT_CREDENTIALS = ("169.254.169.254", "/latest/api/token", "/latest/meta-data")


def reason(failure: str, endpoint: str) -> str:
    """One sentence for the text of an obstore error; `endpoint` is where the requests went."""
    if any(mark in failure for mark in _WITHOUT_CREDENTIALS):
        return (
            "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, "
            "or run where a role is attached."
        )
    if "redirect without LOCATION" in failure:
        return "the bucket is in another region: set AWS_REGION."
    code = next((found for match in _ERROR_CODE.findall(failure) for found in match if found), "")
    status = next(iter(_STATUS.findall(failure)), "").strip()
    if code or status:
        return _refusal(code, status, endpoint)
    if "HTTP error" in failure:
        return f"no answer from {endpoint}{_cause(failure)}: check the network and AWS_ENDPOINT_URL."
    return failure.strip().split("\n", 1)[0]


def _refusal(code: str, status: str, endpoint: str) -> str:
    if code == "NoSuchBucket" or status.startswith("404"):
        return "there is no such bucket."
    if code == "AccessDenied" or status.startswith(("401", "403")):
        return f"access is denied ({code or status}): check the AWS credentials and what they may do."
    return f"{endpoint} answered {' '.join(filter(None, (status, code)))}, also when asked again."


def _cause(failure: str) -> str:
    if "TimedOut" in failure or "Timeout" in failure:
        return " in time"
    causes = [found for match in _CAUSE.findall(failure) for found in match if found]
    return f" ({causes[-1].lower()})" if causes else ""
