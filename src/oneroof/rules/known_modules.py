"""Modules whose distribution has another name, or one that everybody knows.

Only to suggest a line where nothing installed has a module: a name alone proves nothing.
"""

_RENAMED = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "git": "gitpython",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "MySQLdb": "mysqlclient",
    "nacl": "pynacl",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "pptx": "python-pptx",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "usb": "pyusb",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
_SAME = (
    *("aiohttp", "altair", "boto3", "catboost", "celery", "click", "dask", "datasets", "django"),
    *("duckdb", "fastapi", "flask", "geopandas", "httpx", "jinja2", "joblib", "keras"),
    *("lightgbm", "matplotlib", "mlflow", "networkx", "nltk", "numba", "numpy", "openpyxl"),
    *(
        "optuna",
        "pandas",
        "plotly",
        "polars",
        "psycopg",
        "psycopg2",
        "pyarrow",
        "pydantic",
        "pymongo",
    ),
    *("pyspark", "pytest", "redis", "requests", "rich", "scipy", "seaborn", "six", "spacy"),
    *("sqlalchemy", "statsmodels", "streamlit", "sympy", "tensorflow", "torch", "torchvision"),
    *("tqdm", "transformers", "typer", "uvicorn", "xgboost"),
)
_KNOWN = {**{name: name for name in _SAME}, **_RENAMED}


def well_known(top: str) -> str | None:
    """The distribution that a top-level module is known to be from; None where none is."""
    return _KNOWN.get(top)
