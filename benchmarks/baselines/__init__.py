"""What Modelet is measured against, each written as somebody would who knows the tools and has time to tune."""
