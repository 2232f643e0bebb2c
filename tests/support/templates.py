"""Compile each template once a process, although each test makes its own app."""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """Compiled templates by the checksum of their source, kept in memory."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, if its template was compiled before."""
        if compiled := self._compiled.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self._compiled[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


def share_templates() -> None:
    """Share compiled templates among all apps of this process."""
    Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}
