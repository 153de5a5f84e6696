"""The worker's recurring work as a table."""

from __future__ import annotations

from commerceml_bridge.db.database import POOL
from commerceml_bridge.worker.loop import WIDTH
from commerceml_bridge.worker.tasks import TASKS


def test_every_task_has_a_name_of_its_own() -> None:
    assert len({task.sort for task in TASKS}) == len(TASKS)


def test_all_lanes_at_once_leave_connections_for_the_loop() -> None:
    assert sum(WIDTH.values()) < POOL["pool_size"] + POOL["max_overflow"]
