"""The context is the one that Lambda's own runtime makes."""

from awslambdaric.lambda_context import LambdaContext

from modelet.local.context import invocation_context
from modelet.local.template import Function

FUNCTION = Function("Infer", "infer", timeout=30, memory=1769)


# The runtime's own: its logger, tenants and traces.
UNDOCUMENTED = {"log", "tenant_id", "w3c"}


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_it_has_what_the_context_of_the_runtime_has() -> None:
    real = LambdaContext("id", None, None, 0)

    assert public(real) - UNDOCUMENTED <= public(invocation_context(FUNCTION, "id"))


def test_it_says_what_the_template_says() -> None:
    context = invocation_context(FUNCTION, "id")

    assert (context.aws_request_id, context.function_name, context.memory_limit_in_mb) == ("id", "Infer", "1769")
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:Infer"


def test_the_time_that_is_left_runs_out() -> None:
    context = invocation_context(FUNCTION, "id")

    remaining = [context.get_remaining_time_in_millis() for _ in range(2)]

    assert 30_000 >= remaining[0] >= remaining[1] > 29_000
    assert invocation_context(Function("F", "f", timeout=0), "id").get_remaining_time_in_millis() == 0
