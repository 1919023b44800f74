"""Spans as a receiver of OTLP gets them over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from n3gen.compiler import Options
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.behaviour.test_telemetry import CHAT, HOUSE, answering
from tests.building import build
from tests.clock import run
from tests.spans import processed


@contextmanager
def receiver() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A receiver of OTLP on this machine: its address, and what it has got."""
    got: list[ExportTraceServiceRequest] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-type"] == "application/x-protobuf"
            got.append(ExportTraceServiceRequest.FromString(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_receiver_gets_the_spans_of_a_run() -> None:
    module = build(
        HOUSE + 'chain c:\n    step s: {prompt: "Hi", retry: {max: 1, delay: 1s}}\n',
        options=Options(telemetry="otel"),
    )
    answers = [httpx.Response(503, json={}), httpx.Response(200, json=CHAT)]
    with receiver() as (address, got):
        exporter = BatchSpanProcessor(OTLPSpanExporter(address))
        with processed(exporter):
            run(module.run_chain("c", http=answering(lambda _: answers.pop(0))))
            exporter.shutdown()
    resources = [part for request in got for part in request.resource_spans]
    scopes = [scope for part in resources for scope in part.scope_spans]
    assert {scope.scope.name for scope in scopes} == {"n3gen"}
    assert all("opentelemetry.io/schemas" in scope.schema_url for scope in scopes)
    spans = [span for scope in scopes for span in scope.spans]
    assert len({span.trace_id for span in spans}) == 1
    by_id = {span.span_id: span.name for span in spans}
    told = sorted(
        (by_id.get(s.parent_span_id), s.name, s.kind) for s in spans if s.parent_span_id
    )
    assert told == [
        ("invoke_workflow c", "step s", 1),
        ("step s", "chat m", 3),
        ("step s", "chat m", 3),
    ]
    failed, done = sorted(
        (s for s in spans if s.name == "chat m"), key=lambda s: s.start_time_unix_nano
    )
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert done.status.code == done.status.STATUS_CODE_UNSET
    found = {a.key: a.value for a in done.attributes}
    assert found["gen_ai.usage.input_tokens"].int_value == 5
    reasons = found["gen_ai.response.finish_reasons"].array_value.values
    assert [value.string_value for value in reasons] == ["stop"]
