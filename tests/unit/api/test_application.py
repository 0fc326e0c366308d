"""The application itself, without a server."""

import subprocess
import sys
from pathlib import Path

# Somebody has OpenTelemetry set up in the process, and FastAPI's variables in the environment.
_WATCHED = """
import asyncio
from opentelemetry import metrics, trace

seen = []

class Tracers(trace.TracerProvider):
    def get_tracer(self, *_, **__):
        seen.append("tracer")
        return trace.NoOpTracer()

class Meters(metrics.NoOpMeterProvider):
    def get_meter(self, *_, **__):
        seen.append("meter")
        return metrics.NoOpMeter("x")

trace.set_tracer_provider(Tracers())
metrics.set_meter_provider(Meters())

from holdfast.api.application import application

async def asked(name, arguments):
    return {"memories": [], "more": 0}

async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}

async def send(message):
    said.append(message)

said = []
scope = {"type": "http", "method": "GET", "path": "/api/v1/memories", "headers": [], "query_string": b"",
         "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 1), "client": ("::1", 2)}
asyncio.run(application(asked, token="t", project="p")(scope, receive, send))
print(said[0]["status"], seen)
"""


def test_nothing_is_measured_or_reported_whatever_the_environment_says(tmp_path: Path) -> None:
    told = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}

    done = subprocess.run(
        [sys.executable, "-c", _WATCHED], env={"PATH": "/usr/bin:/bin", **told}, cwd=tmp_path, capture_output=True,
        text=True, check=True,
    )  # fmt: skip

    assert done.stdout == "200 []\n"
