"""What the template promises: routes, roles, and that nothing is open, unbounded or lost."""

import re

import pytest

from modelet.answers.attempts import ATTEMPTS
from modelet.answers.moments import LONGEST_SECONDS
from modelet.config import MIB, Settings
from modelet.predict.references import References
from modelet.store import open_store
from tests.stack.template import FUNCTIONS, TEMPLATE, conditional_statements, reach, resources, statements

ROUTES = {
    "InferFunction": {
        *("/", "/predict", "/models/{proxy+}", "/v2", "/v2/{proxy+}", "/v1/{proxy+}", "/predictions/{proxy+}", "/ping"),
        *("/health", "/version", "/invocations", "/endpoints/{proxy+}", "/uploads/tensors", "/answers/{proxy+}"),
    },
    "ApiFunction": {"/api", "/api/{proxy+}", "/docs", "/openapi.json"},
    "RegisterFunction": set[str](),
}
PASSING = {"uploads/tensors/*", "requests/*", "answers/*"}
"""What predictions leave behind for an hour or a day."""
BUCKET = resources("S3::Bucket")["ModelBucket"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_answers_its_routes_and_no_others(function: str) -> None:
    events = [
        event["Properties"] for event in FUNCTIONS[function].get("Events", {}).values() if event["Type"] == "HttpApi"
    ]

    assert {event["Path"] for event in events} == ROUTES[function]
    assert {event["Method"] for event in events} <= {"ANY"}
    assert [event for event in events if event["ApiId"] != {"Ref": "HttpApi"}] == []


def test_changing_models_takes_a_signed_request() -> None:
    events = [event["Properties"] for event in FUNCTIONS["ApiFunction"]["Events"].values()]

    signed = {event["Path"] for event in events if event.get("Auth") == {"Authorizer": "AWS_IAM"}}

    assert signed == {"/api", "/api/{proxy+}"}
    assert resources("Serverless::HttpApi")["HttpApi"]["Auth"] == {"EnableIamAuthorizer": True}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_named_actions_on_this_bucket_only(function: str) -> None:
    for statement in statements(function).values():
        assert statement["Effect"] == "Allow"
        assert "*" not in str(statement["Action"])
        assert "Role" not in FUNCTIONS[function]
    actions = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
    assert {action for held in statements(function).values() for action in _actions(held["Action"])} <= actions
    assert reach(function, "s3:ListBucket") == {"ModelBucket.Arn"}


def _actions(held: object) -> list[str]:
    return [str(action) for action in held] if isinstance(held, list) else [str(held)]


@pytest.mark.parametrize(
    ("function", "reads", "writes"),
    [
        ("InferFunction", {"models/*", *PASSING}, PASSING),
        ("ApiFunction", {"models/*", "jobs/*", "uploads/*"}, {"models/*", "jobs/*", "uploads/*"}),
        ("RegisterFunction", {"models/*", "jobs/*", "uploads/models/*"}, {"models/*", "jobs/*"}),
    ],
)
def test_a_role_reaches_only_the_prefixes_of_its_work(function: str, reads: set[str], writes: set[str]) -> None:
    assert reach(function, "s3:GetObject") == reads
    assert reach(function, "s3:PutObject") == writes


def test_tensors_are_read_elsewhere_only_where_the_deployment_says_so() -> None:
    variables = FUNCTIONS["InferFunction"]["Environment"]["Variables"]
    place = "${TensorBucket}/${TensorPrefix}"

    assert {name: conditional_statements(name) for name in FUNCTIONS if conditional_statements(name)} == {
        "InferFunction": {
            "TensorsLieElsewhere": {
                "Sid": "ReadTensorsElsewhere",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{place}*"},
            }
        }
    }
    assert variables["MODELET_TENSOR_PREFIXES"] == {"Fn::If": ["TensorsLieElsewhere", {"Fn::Sub": f"s3://{place}"}, ""]}
    assert TEMPLATE["Conditions"] == {
        "TensorsLieElsewhere": {"Fn::Not": [{"Fn::Equals": [{"Ref": "TensorBucket"}, ""]}]}
    }
    assert [TEMPLATE["Parameters"][name]["Default"] for name in ("TensorBucket", "TensorPrefix")] == ["", ""]


@pytest.mark.parametrize("prefix", ["", "in/", "in/2026-01/a.b/"])
def test_every_place_of_tensors_that_can_be_deployed_is_a_prefix(prefix: str) -> None:
    assert re.fullmatch(TEMPLATE["Parameters"]["TensorPrefix"]["AllowedPattern"], prefix)
    assert References(open_store("memory://"), Settings("memory://", tensor_prefixes=(f"s3://some-bucket/{prefix}",)))


@pytest.mark.parametrize("prefix", ["in", "/", "../", "a//", "in/*/", "in/?", "${x}/", "a b/"])
def test_a_place_of_tensors_says_only_itself(prefix: str) -> None:
    assert not re.fullmatch(TEMPLATE["Parameters"]["TensorPrefix"]["AllowedPattern"], prefix)


def test_only_the_registration_deletes_and_only_what_it_took_in() -> None:
    assert {name: reach(name, "s3:DeleteObject") for name in FUNCTIONS if reach(name, "s3:DeleteObject")} == {
        "RegisterFunction": {"uploads/models/*"}
    }


def test_only_the_control_plane_starts_another_function() -> None:
    invoking = {
        name: policy for name, held in FUNCTIONS.items() for policy in held["Policies"] if "Statement" not in policy
    }

    assert invoking == {"ApiFunction": {"LambdaInvokePolicy": {"FunctionName": {"Ref": "RegisterFunction"}}}}
    target = FUNCTIONS["ApiFunction"]["Environment"]["Variables"]["MODELET_REGISTER"]
    assert target == {"Fn::Sub": "lambda:${RegisterFunction}"}


def test_the_bucket_is_private_encrypted_versioned_and_kept() -> None:
    assert set(BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(BUCKET["PublicAccessBlockConfiguration"]) == 4
    assert BUCKET["VersioningConfiguration"] == {"Status": "Enabled"}
    assert BUCKET["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "SSEAlgorithm" in str(BUCKET["BucketEncryption"])
    assert TEMPLATE["Resources"]["ModelBucket"]["DeletionPolicy"] == "Retain"
    assert TEMPLATE["Resources"]["ModelBucket"]["UpdateReplacePolicy"] == "Retain"


def test_the_bucket_refuses_connections_that_are_not_encrypted() -> None:
    (statement,) = resources("S3::BucketPolicy")["ModelBucketPolicy"]["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": "ModelBucket.Arn"}, {"Fn::Sub": "${ModelBucket.Arn}/*"}]


def test_uploads_expire_and_models_do_not() -> None:
    expiring = [rule for rule in BUCKET["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]

    days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in expiring if rule["Status"] == "Enabled"}
    assert days == {"uploads/": 7, "uploads/tensors/": 1, "requests/": 1, "answers/": 1}


def test_an_answer_is_kept_as_long_as_its_window() -> None:
    (rule,) = (rule for rule in BUCKET["LifecycleConfiguration"]["Rules"] if rule.get("Prefix") == "answers/")

    assert Settings("memory://").idempotency_seconds <= rule["ExpirationInDays"] * 24 * 3600


def test_a_request_that_was_left_starts_the_prediction() -> None:
    event = FUNCTIONS["InferFunction"]["Events"]["Left"]
    pattern = event["Properties"]["Pattern"]

    assert event["Type"] == "EventBridgeRule"
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert pattern["detail"] == {
        "bucket": {"name": [{"Ref": "ModelBucket"}]},
        "object": {"key": [{"prefix": "requests/"}]},
    }
    assert FUNCTIONS["InferFunction"]["Timeout"] == LONGEST_SECONDS


def test_a_prediction_is_tried_as_often_as_it_counts_on_and_then_kept_for_a_human() -> None:
    function = FUNCTIONS["InferFunction"]
    queue = {"Fn::GetAtt": "RegisterFailures.Arn"}

    assert function["EventInvokeConfig"]["MaximumRetryAttempts"] == ATTEMPTS - 1
    assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": queue}
    assert function["Events"]["Left"]["Properties"]["DeadLetterConfig"] == {"Arn": queue}


def test_an_upload_that_landed_starts_the_registration() -> None:
    (event,) = FUNCTIONS["RegisterFunction"]["Events"].values()
    pattern = event["Properties"]["Pattern"]

    assert event["Type"] == "EventBridgeRule"
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert pattern["detail"] == {
        "bucket": {"name": [{"Ref": "ModelBucket"}]},
        "object": {"key": [{"prefix": "uploads/models/"}]},
    }
    assert BUCKET["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_the_registration_writes_nothing_that_would_start_it_again() -> None:
    assert [prefix for prefix in reach("RegisterFunction", "s3:PutObject") if prefix.startswith("uploads")] == []


def test_an_upload_that_cannot_be_registered_is_kept_for_a_human() -> None:
    function = FUNCTIONS["RegisterFunction"]
    queue = {"Fn::GetAtt": "RegisterFailures.Arn"}
    (statement,) = resources("SQS::QueuePolicy")["RegisterFailuresPolicy"]["PolicyDocument"]["Statement"]

    assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": queue}
    assert function["Events"]["Uploaded"]["Properties"]["DeadLetterConfig"] == {"Arn": queue}
    assert resources("SQS::Queue")["RegisterFailures"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert (statement["Principal"], statement["Resource"]) == ({"Service": "events.amazonaws.com"}, queue)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logs_are_kept_for_a_time_and_not_for_ever(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]

    assert resources("Logs::LogGroup")[group]["RetentionInDays"] == {"Ref": "LogRetention"}
    assert TEMPLATE["Parameters"]["LogRetention"]["Default"] == 30


@pytest.mark.parametrize(
    "function", [name for name, held in FUNCTIONS.items() if {"Ref": "OnnxLayer"} in held["Layers"]]
)
def test_the_runtime_reports_to_nobody(function: str) -> None:
    assert FUNCTIONS[function]["Environment"]["Variables"]["ORT_DISABLE_TELEMETRY"] == "1"


def test_the_largest_candidate_and_its_canonical_form_fit() -> None:
    function, memory = FUNCTIONS["RegisterFunction"], TEMPLATE["Parameters"]["RegisterMemory"]["Default"]

    settings = Settings.from_env({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory)})

    assert function["EphemeralStorage"]["Size"] >= 2 * 2048
    assert memory * MIB > settings.candidate_memory_bytes >= 4 * 2048 * MIB
    assert function["Timeout"] == 600


def test_the_outputs_say_where_to_ask_and_where_to_push() -> None:
    assert set(TEMPLATE["Outputs"]) == {"Url", "Store", "Bucket"}
    assert TEMPLATE["Outputs"]["Store"]["Value"] == {"Fn::Sub": "s3://${ModelBucket}"}
