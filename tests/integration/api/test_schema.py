"""What is published holds: calls made up from it are answered as it says, and none fails inside.

Schemathesis makes the calls up, always the same ones, and sends them to the real daemon.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.integration.api.caller import Caller

from holdfast.api.application import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


async def _nobody(*_: Any) -> None:
    raise AssertionError("only its schema is wanted")


schema = schemathesis.openapi.from_dict(application(_nobody, token="", project="").openapi())


@pytest.mark.xdist_group("schema")
@schema.parametrize()
@settings(
    max_examples=25, derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_a_call_made_up_from_the_schema_is_answered_as_it_says(case: schemathesis.Case[Any], door: Caller) -> None:
    reply = case.call(base_url=door.address, headers={"Authorization": f"Bearer {door.token}"}, timeout=60)

    case.validate_response(reply, checks=CHECKS)
