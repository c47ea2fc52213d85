"""The template is read as CloudFormation means it."""

from pathlib import Path

from modelet.local.root import project_root
from modelet.local.template import Function, read_functions

TEMPLATE = """
Globals:
  Function:
    Timeout: 20
    Environment: {Variables: {SHARED: all, STORE: !Sub "s3://${Bucket}", OWN: shared}}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Full:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.full.handler.handler
      MemorySize: 1769
      Timeout: 30
      Layers: [!Ref Layer, !GetAtt Other.Arn]
      Environment: {Variables: {OWN: "1", NUMBER: 0.50, FLAG: true, NAME: !If [A, b, !Ref C]}}
      Events:
        One: {Type: HttpApi, Properties: {Path: /a, Method: get, ApiId: !Ref Api}}
        Two: {Type: HttpApi, Properties: {Path: "/b/{proxy+}", Method: ANY}}
        Rest: {Type: HttpApi}
        Upload: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3]}}}
  Bare:
    Type: AWS::Serverless::Function
    Properties: {Handler: functions.bare.handler.handler, MemorySize: !Ref Memory}
  Container:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
"""


def read(tmp_path: Path, text: str) -> dict[str, Function]:
    (tmp_path / "template.yaml").write_text(text, encoding="utf-8")
    return {function.name: function for function in read_functions(tmp_path / "template.yaml")}


def test_a_function_is_read_whole(tmp_path: Path) -> None:
    full = read(tmp_path, TEMPLATE)["Full"]

    assert full.handler == "functions.full.handler.handler"
    assert full.routes == ("GET /a", "ANY /b/{proxy+}", "$default")
    assert (full.timeout, full.memory) == (30, 1769)


def test_variables_are_the_plain_texts_of_the_function_over_those_of_all_functions(tmp_path: Path) -> None:
    full = read(tmp_path, TEMPLATE)["Full"]

    assert full.variables == {"SHARED": "all", "OWN": "1", "NUMBER": "0.50", "FLAG": "true"}


def test_what_a_function_leaves_out_is_what_all_functions_have_or_the_default_of_lambda(tmp_path: Path) -> None:
    functions = read(tmp_path, TEMPLATE)
    alone = read(tmp_path, TEMPLATE.replace("Timeout: 20", "Runtime: python3.13"))["Bare"]

    assert functions["Bare"] == Function(
        "Bare", functions["Bare"].handler, (), {"SHARED": "all", "OWN": "shared"}, 20, 128
    )
    assert alone.timeout == 3


def test_a_function_without_a_handler_is_no_function_that_python_can_run(tmp_path: Path) -> None:
    assert list(read(tmp_path, TEMPLATE)) == ["Full", "Bare"]


def test_the_stack_routes_predictions_and_management() -> None:
    functions = {
        function.handler.split(".")[1]: function for function in read_functions(project_root() / "template.yaml")
    }

    assert {"ANY /predict", "ANY /models/{proxy+}", "ANY /v2", "ANY /v2/{proxy+}"} <= set(functions["infer"].routes)
    assert {"ANY /api", "ANY /api/{proxy+}"} <= set(functions["api"].routes)
    assert all("MODELET_STORE" not in function.variables for function in functions.values())
