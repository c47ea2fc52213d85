"""The two routes that SageMaker and MLflow share: bodies of JSON, CSV and JSON Lines in, predictions out. Importing the
package itself imports nothing.

SageMaker: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
MLflow: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/
"""
