"""Nothing that the model keeps is destroyed, and nothing stays open for ever (reliability §8, figure 12)."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.integration.retention.machine import Records

TestRecords = Records.TestCase
TestRecords.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
